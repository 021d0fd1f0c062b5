import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly name: string;
  readonly process: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  running(): boolean;
  /** What it told. */
  readonly messages: readonly unknown[];
  /** What it wrote to standard error so far. */
  log(): string;
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; answers how it ended. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** What to start. */
export interface ServicePlan {
  readonly name: string;
  /** Path from the repository's root. */
  readonly program: string;
  /** Variables beside this process' own, of which none that begins with `EPEE_` is handed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for its log. */
  readonly logs: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts a service; its standard error goes to `<logs>/<name>.log`. */
export function startService({ name, program, env, logs }: ServicePlan): ServiceProcess {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('EPEE_')));
  const logFile = join(logs, `${name}.log`);
  const child = spawn(process.execPath, [join(ROOT, program)], {
    cwd: ROOT,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'ignore', openSync(logFile, 'a'), 'ipc'],
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  // A process that ends while it speaks breaks the channel.
  child.on('error', () => undefined);
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    name,
    process: child,
    ended,
    messages,
    kill,
    running: () => child.exitCode === null && child.signalCode === null,
    log: () => readFileSync(logFile, 'utf8'),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
