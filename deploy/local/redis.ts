import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { markPrepared, openDataFolder, renewDataFolder } from './data-folder.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { ensureLibraries, type LibrariesOptions } from './libraries.ts';
import { findFreePorts } from './ports.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { findRedisServer } from './redis-binary.ts';
import { askRedisPid } from './redis-probe.ts';
import { startServer } from './start-server.ts';

/** Options of starting Redis. */
export interface RedisOptions extends LibrariesOptions {
  /** Folder for data and log. */
  readonly dir: string;
  /** Where it is taken, another is chosen. @default any free port */
  readonly port?: number | undefined;
  /** Time limit for the start, milliseconds. @default 60000 */
  readonly startMs?: number | undefined;
  /** Folder to delete where the server ends because this process has died. */
  readonly removeDir?: string | undefined;
  /** More options of redis-server, for example `['--maxmemory', '2mb']`. */
  readonly extraArgs?: readonly string[] | undefined;
}

/** A running Redis. */
export interface LocalRedis {
  readonly port: number;
  readonly pid: number;
  /** Address in the form of `EPEE_REDIS_URL`. */
  readonly url: string;
  identity(): ProcessIdentity;
  running(): boolean;
  /** Stops it cleanly. */
  stop(): Promise<void>;
  /** SIGKILL; settles when the process has ended. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Lets Redis outlive this process. */
  release(): void;
}

const PORT_TRIES = 4;

/**
 * Starts Redis (append-only file, noeviction, loopback only) and waits until it serves. Redis ends
 * with this process unless released. Data that Redis cannot load is kept as `<dir>.broken`, and
 * Redis starts empty.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING, STACK_START_FAILED (with the end of its log),
 * INTERRUPTED
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis> {
  const { dir, onProgress } = options;
  const command = await findRedisServer(await ensureLibraries(options));
  const fresh = openDataFolder(dir, () => true).prepared === undefined;
  if (fresh) renewDataFolder(dir);
  try {
    return await startOnFreePort(command, options);
  } catch (error) {
    if (fresh || !(error instanceof EpeeError) || error.details.ended !== true) throw error;
    onProgress?.(`Redis could not start from the data in ${dir}. The data are kept as ${dir}.broken, and Redis starts empty`);
    renewDataFolder(dir);
    return startOnFreePort(command, options);
  }
}

async function startOnFreePort(command: string, options: RedisOptions): Promise<LocalRedis> {
  const { dir, port: preferred = 0 } = options;
  mkdirSync(join(dir, 'data'), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await findFreePorts([attempt === 1 ? preferred : 0]);
    try {
      const server = await launch(command, port, options);
      markPrepared(dir, { redis: 'append-only' });
      return asRedis(server, port, () => launch(command, port, options));
    } catch (error) {
      // Another program may take the port between the check and the bind of Redis.
      if (attempt === PORT_TRIES || !(error instanceof EpeeError) || error.details.portTaken !== true) throw error;
    }
  }
}

function launch(command: string, port: number, { dir, startMs, removeDir, extraArgs = [], signal }: RedisOptions): Promise<GuardedProcess> {
  return startServer({
    name: 'Redis',
    command,
    args: [...redisArguments(port, join(dir, 'data')), ...extraArgs],
    cwd: dir,
    logFile: join(dir, 'server.log'),
    startMs,
    signal,
    ...(removeDir ? { removeDir } : {}),
    ready: async (server) => (await askRedisPid(port)) === server.identity.pid,
  });
}

/**
 * Options of redis-server: loopback only, no eviction, and every write in the append-only file (on
 * disk at least every second).
 */
export function redisArguments(port: number, dataDir: string): string[] {
  return Object.entries({
    port,
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    dir: dataDir,
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  }).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function asRedis(first: GuardedProcess, port: number, relaunch: () => Promise<GuardedProcess>): LocalRedis {
  let server = first;
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.identity.pid;
    },
    identity: () => server.identity,
    running: () => server.running(),
    stop: async () => {
      await server.stop();
    },
    kill: async () => {
      server.signal('SIGKILL');
      await server.ended;
    },
    restart: async () => {
      await server.stop();
      server = await relaunch();
    },
    signal: (name) => server.signal(name),
    release: () => server.release(),
  };
}
