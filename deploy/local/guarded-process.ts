import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deferred } from './deferred.ts';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

/** What to run, and where its output goes. */
export interface ProcessPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** File to which stdout and stderr are appended. */
  readonly logFile: string;
  /** Time from SIGTERM to SIGKILL at a stop, milliseconds. @default 8000 */
  readonly stopMs?: number;
  /** The same after the starter has died. @default `stopMs` */
  readonly abandonMs?: number;
  /**
   * Folder to delete where the process ends because its starter has died. A starter that stops the
   * process deletes it itself.
   */
  readonly removeDir?: string;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly error?: string;
}

/** A process that ends when this one does, unless {@link GuardedProcess.release} was called. */
export interface GuardedProcess {
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Whether it still runs. */
  running(): boolean;
  /** SIGTERM, after `stopMs` SIGKILL; settles when the process has ended. */
  stop(): Promise<ProcessEnd>;
  /** Sends a signal to the process itself, for example SIGKILL in a fault test. */
  signal(name: NodeJS.Signals): void;
  /** Lets the process outlive this one. */
  release(): void;
}

const GUARD = fileURLToPath(new URL('./guard.js', import.meta.url));

/**
 * Starts a process behind a guard that stops it when this process ends in any way, SIGKILL
 * included. It runs in its own session, so that a Ctrl-C in the terminal does not reach it: this
 * process stops it cleanly.
 *
 * @throws Error with the system's reason when the command cannot be started
 */
export async function startGuarded({ stopMs = 8000, abandonMs = stopMs, env: own, ...plan }: ProcessPlan): Promise<GuardedProcess> {
  const { NODE_OPTIONS: _loader, ...env } = process.env;
  const guard = spawn(process.execPath, [GUARD, JSON.stringify({ ...plan, env: own ?? env, stopMs, abandonMs })], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  guard.stdin.on('error', () => undefined);
  let over = false;
  const started = deferred<number>();
  const ended = deferred<ProcessEnd>();
  const end = (how: ProcessEnd) => {
    over = true;
    ended.resolve(how);
    started.reject(new Error(how.error ?? `it ended at once (${describeEnd(how)})`));
  };
  started.promise.catch(() => undefined);
  readLines(guard.stdout, (line) => {
    const message = JSON.parse(line);
    if (message.pid !== undefined) started.resolve(message.pid);
    else end({ exitCode: message.exitCode ?? null, signal: message.signal ?? null, ...(message.error ? { error: message.error } : {}) });
  });
  guard.on('error', (error) => end({ exitCode: null, signal: null, error: error.message }));
  guard.on('exit', () => setImmediate(() => end({ exitCode: null, signal: null, error: 'its guard process ended' })));

  const pid = await started.promise;
  const identity = identityOf(pid) ?? { pid, startedAt: 'ended' };
  guard.unref();
  (guard.stdout as unknown as { unref(): void }).unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return {
    identity,
    ended: ended.promise,
    running: () => !over,
    stop: async () => {
      guard.ref();
      if (!over) guard.stdin.write('stop\n');
      return ended.promise;
    },
    signal: (name) => {
      if (!over) process.kill(pid, name);
    },
    release: () => {
      over = true;
      guard.stdin.end('release\n');
    },
  };
}

/** How a process ended, in words for error messages. */
export function describeEnd({ exitCode, signal, error }: ProcessEnd): string {
  if (error !== undefined) return error;
  return signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
