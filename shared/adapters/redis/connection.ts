import { Redis } from 'ioredis';
import { redisError } from './errors.ts';

/** How to reach Redis. */
export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS), with a user name where needed, without a password. */
  readonly url: string;
  readonly password: string | null;
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
 * @throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED, naming host and port
 */
export async function connectRedis({
  url,
  password,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: RedisOptions): Promise<RedisConnection> {
  const address = addressOf(url);
  let connected = false;
  const client = new Redis(url, {
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
    ...(password === null ? {} : { password }),
  });
  let lastError: unknown = new Error('closed');
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
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

function isClosed(error: unknown): boolean {
  return error instanceof Error && /closed/i.test(error.message);
}

/** `host:port` of a Redis URL, nothing else of it. */
export function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || '127.0.0.1'}:${port || 6379}`;
}
