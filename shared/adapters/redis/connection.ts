import { EpeeError } from '@epee/errors';
import { Redis } from 'ioredis';
import { redisError, replyCode } from './errors.ts';

/** How to reach Redis. */
export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS), with a user name where needed, without a password. */
  readonly url: string;
  readonly password: string | null;
  /** PEM text of the authority of the server's certificate; null or left out: the system's authorities. */
  readonly ca?: string | null;
  /** Longest wait for a connection, milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** Longest wait for an answer, milliseconds. @default 10000 */
  readonly commandTimeoutMs?: number;
}

/** A connection. */
export interface RedisConnection {
  /** Runs a command and turns what it throws into REDIS_UNREACHABLE or REDIS_REFUSED. */
  run<T>(command: (client: Redis) => Promise<T>): Promise<T>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 5000;
const COMMAND_TIMEOUT_MS = 10_000;
const MAX_RECONNECT_MS = 2000;

/**
 * Connects within `connectTimeoutMs` and checks that commands are served. Later losses of the
 * connection are repaired in the background; commands in between fail at once instead of queueing
 * up.
 *
 * @throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED, naming host and port; CONFIG_INVALID where
 * the address leads to a Redis Cluster or a Sentinel
 */
export async function connectRedis(options: RedisOptions): Promise<RedisConnection> {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  const address = addressOf(options.url);
  let connected = false;
  const { url: reached, ...access } = accessOf(options);
  const client = new Redis(reached, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    // A command that was on its way when the connection broke is reported, never sent again.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => (connected ? Math.min(MAX_RECONNECT_MS, 50 * 2 ** attempt) : null),
    // After a failover the old primary is a replica: only a new connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...access,
  });
  let lastError: unknown = new Error('closed');
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
    await refuseOtherModes(client, address);
    connected = true;
  } catch (error) {
    client.disconnect();
    // A refused connection rejects as "closed"; what was refused came as an event before.
    throw redisError(address, isClosed(error) ? lastError : error);
  }
  return {
    run: async (command) => {
      try {
        return await command(client);
      } catch (error) {
        throw redisError(address, error);
      }
    },
    close: () => client.disconnect(),
  };
}

/** Where and as whom a client connects. */
export interface RedisAccess {
  /** The address without an account: ioredis would take its user name together with an empty password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca: string };
}

/** What a client of ioredis is given to connect with. */
export function accessOf({ url, password, ca = null }: Pick<RedisOptions, 'url' | 'password' | 'ca'>): RedisAccess {
  const address = new URL(url);
  const username = decodeURIComponent(address.username);
  address.username = '';
  return {
    url: address.href,
    ...(username === '' ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(ca === null ? {} : { tls: { ca } }),
  };
}

/** A cluster answers MOVED to most keys, and a Sentinel holds no data. A user that may not ask is believed. */
async function refuseOtherModes(client: Redis, address: string): Promise<void> {
  const server = await client.info('server').catch((error) => {
    if (replyCode(error) === 'NOPERM') return '';
    throw error;
  });
  const mode = /^redis_mode:(\w+)/m.exec(server)?.[1] ?? 'standalone';
  if (mode === 'standalone') return;
  throw new EpeeError('CONFIG_INVALID', `Redis at ${address} runs in mode ${mode}, but EPEE_REDIS_URL must lead to a standalone primary`, {
    stage: 'config',
    details: { address, mode },
    hint:
      mode === 'sentinel'
        ? 'Name the primary that the Sentinel watches.'
        : 'Use a primary with replicas, or a proxy in front of the cluster.',
  });
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && /closed/i.test(error.message);
}

/** `host:port` of a Redis URL, nothing else of it. */
export function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || '127.0.0.1'}:${port || 6379}`;
}
