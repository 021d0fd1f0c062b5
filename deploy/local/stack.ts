import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EpeeError } from '@epee/errors';
import { withFileLock } from './file-lock.ts';
import { type LocalKafka, startKafka } from './kafka.ts';
import { prepareKafkaProgram } from './kafka-preparation.ts';
import { ensureLibraries, findLibraries, type LibrariesOptions } from './libraries.ts';
import { identityOf, isRunning } from './process-identity.ts';
import { type LocalRedis, startRedis } from './redis.ts';
import { checkRequirements } from './requirements.ts';
import { clearStackRecord, readStackRecord, runningServers, type StackRecord, stopServers, writeStackRecord } from './stack-state.ts';

/** Options of starting the stack. */
export interface StackOptions extends LibrariesOptions {
  /**
   * Folder for data, logs and state file; it is kept.
   * @default a new temporary folder, deleted at the end
   */
  readonly dir?: string | undefined;
  /** Where it is taken, another is chosen. @default any free port */
  readonly kafkaPort?: number | undefined;
  /** Where it is taken, another is chosen. @default any free port */
  readonly redisPort?: number | undefined;
  /** @default 1 */
  readonly brokers?: number | undefined;
  /** Time limit for the start of each server, milliseconds. @default 60000 */
  readonly startMs?: number | undefined;
}

/** A running stack. */
export interface LocalStack {
  readonly dir: string;
  readonly kafka: LocalKafka;
  readonly redis: LocalRedis;
  /** `EPEE_KAFKA_BROKERS` and `EPEE_REDIS_URL` for programs that use this stack. */
  readonly env: { readonly EPEE_KAFKA_BROKERS: string; readonly EPEE_REDIS_URL: string };
  /** Stops both servers cleanly and deletes a temporary folder. */
  stop(): Promise<void>;
  /** Lets the stack outlive this process, for `epee down`. Not for temporary folders. */
  release(): void;
}

/**
 * Starts Kafka and Redis as plain processes and waits until both serve. Unless released, they end
 * when this process ends in any way.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING; STACK_START_FAILED, also where another process uses
 * `dir`; INTERRUPTED
 */
export async function startStack(options: StackOptions = {}): Promise<LocalStack> {
  // Before the temporary folder is made, so that an interrupted fetch leaves none behind.
  await prepareStack(options);
  const temporary = options.dir === undefined;
  const dir = resolve(options.dir ?? mkdtempSync(join(tmpdir(), 'epee-stack-')));
  try {
    return await withStackFolder(dir, options.signal, () => startInFolder(dir, temporary, options));
  } catch (error) {
    if (temporary) rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Checks the requirements, fetches the libraries and prepares Kafka.
 * @throws EpeeError STACK_REQUIREMENT_MISSING, STACK_START_FAILED, INTERRUPTED
 */
export async function prepareStack(options: LibrariesOptions): Promise<void> {
  await checkRequirements({ maven: findLibraries(options.cacheDir) === undefined ? (options.maven ?? 'mvn') : null });
  await prepareKafkaProgram(await ensureLibraries(options), options);
}

/** Runs `work` while no other process starts or stops a stack in the same folder. */
export async function withStackFolder<T>(dir: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  mkdirSync(dir, { recursive: true });
  return withFileLock(stackLock(dir), work, { timeoutMs: 120_000, signal });
}

/** The lock file of a stack folder. */
export function stackLock(dir: string): string {
  return join(dir, 'stack.lock');
}

/** {@link startStack} for a caller that holds the lock of the folder. */
export async function startInFolder(dir: string, temporary: boolean, options: StackOptions): Promise<LocalStack> {
  await endAbandoned(dir);
  const { kafka, redis } = await startBoth(dir, temporary, options);
  const env = { EPEE_KAFKA_BROKERS: kafka.bootstrap, EPEE_REDIS_URL: redis.url };
  const record = (owner: StackRecord['owner']): StackRecord => ({
    formatVersion: 1,
    mode: 'processes',
    owner,
    servers: [
      ...kafka.nodes.map((node) => ({ name: `kafka-${node.nodeId}`, port: node.port, ...node.identity() })),
      { name: 'redis', port: redis.port, ...redis.identity() },
    ],
    kafkaBrokers: kafka.bootstrap,
    redisUrl: redis.url,
    startedAt: new Date().toISOString(),
  });
  writeStackRecord(dir, record(identityOf(process.pid) ?? null));
  return {
    dir,
    kafka,
    redis,
    env,
    stop: async () => {
      await Promise.all([kafka.stop(), redis.stop()]);
      clearStackRecord(dir);
      if (temporary) rmSync(dir, { recursive: true, force: true });
    },
    release: () => {
      // The state file comes first: a process that dies after this line leaves servers that end,
      // not unknown servers.
      writeStackRecord(dir, record(null));
      kafka.release();
      redis.release();
    },
  };
}

async function startBoth(dir: string, temporary: boolean, options: StackOptions): Promise<{ kafka: LocalKafka; redis: LocalRedis }> {
  const { kafkaPort, redisPort, brokers, ...rest } = options;
  const common = { ...rest, removeDir: temporary ? dir : undefined };
  const starts = await Promise.allSettled([
    startKafka({ ...common, dir: join(dir, 'kafka'), port: kafkaPort, brokers }),
    startRedis({ ...common, dir: join(dir, 'redis'), port: redisPort }),
  ]);
  const [kafka, redis] = starts;
  if (kafka.status === 'fulfilled' && redis.status === 'fulfilled') return { kafka: kafka.value, redis: redis.value };
  await Promise.all(starts.map((start) => (start.status === 'fulfilled' ? start.value.stop() : undefined)));
  throw (kafka.status === 'rejected' ? kafka : (redis as PromiseRejectedResult)).reason;
}

/**
 * Stops the servers of a dead owner: they may still run, and use the data folder until they end.
 */
async function endAbandoned(dir: string): Promise<void> {
  const record = readStackRecord(dir);
  if (record === undefined) return;
  const [server] = runningServers(record);
  if (server !== undefined && (record.owner === null || isRunning(record.owner))) {
    const by = record.owner === null ? `the stack of \`epee up\` (${server.name}, process ${server.pid})` : `process ${record.owner.pid}`;
    throw new EpeeError('STACK_START_FAILED', `${dir} is in use by ${by}`, {
      stage: 'stack',
      hint: record.owner === null ? 'Use it, or stop it with `npx epee down`.' : 'Wait for that process or end it.',
    });
  }
  await stopServers(record);
  clearStackRecord(dir);
}
