import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ComposeOptions, composeDown, composeUp, dockerAnswers } from './compose.ts';
import { withFileLock } from './file-lock.ts';
import { askCluster } from './kafka-probe.ts';
import { choosePorts, demandSamePorts, keepPorts, type WantedPorts } from './kept-ports.ts';
import { isRunning } from './process-identity.ts';
import { askRedisPid } from './redis-probe.ts';
import { prepareStack, type StackOptions, stackLock, startInFolder, withStackFolder } from './stack.ts';
import {
  clearStackRecord,
  readStackRecord,
  runningServers,
  type ServerRecord,
  type StackRecord,
  stateFile,
  stopServers,
  writeStackRecord,
} from './stack-state.ts';

/** Options of `epee up`. */
export interface UpOptions extends StackOptions, ComposeOptions {
  /** Folder for data, logs and state file, for example `.epee`. */
  readonly dir: string;
  /** Whether to use containers; `auto`: where a Docker daemon answers. @default 'auto' */
  readonly containers?: 'auto' | 'never' | undefined;
}

/** One server in `epee status`. */
export interface ServerStatus extends ServerRecord {
  /** Whether its process runs; for a container, the same as `answering`. */
  readonly running: boolean;
  /** Whether it answers a request. */
  readonly answering: boolean;
}

/**
 * Starts the stack so that it outlives this process: in containers where a Docker daemon answers,
 * else as plain processes. A stack that runs is left as it is. A stack that runs in part is
 * restarted on the same data. It has the ports that were asked for, else those that it had before.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING, STACK_START_FAILED, INTERRUPTED
 */
export async function upStack(options: UpOptions): Promise<StackRecord & { readonly alreadyRunning: boolean }> {
  const { dir, containers = 'auto', onProgress } = options;
  const existing = readStackRecord(dir);
  if (existing !== undefined && (await isUp(existing))) return running(existing, options);
  if (containers === 'auto' && (await dockerAnswers(options))) {
    onProgress?.('A Docker daemon answers: starting Kafka and Redis in containers');
    const record = composeRecord(options);
    await composeUp({ ...options, env: composeEnv(record) });
    writeStackRecord(dir, record);
    return { ...record, alreadyRunning: false };
  }
  await prepareStack(options);
  return withStackFolder(dir, options.signal, async () => {
    const found = readStackRecord(dir);
    if (found !== undefined && (await isUp(found))) return running(found, options);
    if (found?.owner === null) await stopServers(found);
    const stack = await startInFolder(dir, false, { ...options, ...(await choosePorts(dir, options)) });
    stack.release();
    const record = readStackRecord(dir)!;
    keepPorts(dir, record);
    return { ...record, alreadyRunning: false };
  });
}

function running(record: StackRecord, options: UpOptions): StackRecord & { readonly alreadyRunning: true } {
  demandSamePorts(record, options);
  return { ...record, alreadyRunning: true };
}

/**
 * Stops the stack of {@link upStack}; its data stay.
 *
 * @returns the names of the servers that were running; empty where none was
 */
export async function downStack({ dir, ...options }: { readonly dir: string } & ComposeOptions): Promise<string[]> {
  if (!existsSync(stateFile(dir))) return [];
  return withFileLock(stackLock(dir), async () => {
    const record = readStackRecord(dir);
    if (record === undefined) return [];
    const running = record.mode === 'compose' ? [...record.servers] : runningServers(record);
    if (record.mode === 'compose') await composeDown(options);
    else await stopServers(record);
    clearStackRecord(dir);
    return running.map(({ name }) => name);
  });
}

/** The servers of the stack in a folder, and whether they answer; undefined without a stack. */
export async function stackStatus(
  dir: string,
): Promise<{ readonly record: StackRecord; readonly servers: readonly ServerStatus[] } | undefined> {
  const record = readStackRecord(dir);
  if (record === undefined) return undefined;
  const servers = await Promise.all(
    record.servers.map(async (server) => {
      const answering = await answers(server);
      return { ...server, answering, running: record.mode === 'compose' ? answering : isRunning(server) };
    }),
  );
  return { record, servers };
}

/** The log file of a server that runs as a plain process. */
export function serverLogFile(dir: string, serverName: string): string {
  return serverName === 'redis' ? join(dir, 'redis', 'server.log') : join(dir, 'kafka', serverName.replace('kafka', 'node'), 'server.log');
}

async function isUp(record: StackRecord): Promise<boolean> {
  if (record.mode === 'compose') return (await Promise.all(record.servers.map(answers))).every(Boolean);
  return record.owner === null && record.servers.every(isRunning);
}

async function answers({ name, port }: ServerRecord): Promise<boolean> {
  return (name === 'redis' ? await askRedisPid(port) : await askCluster(port)) !== undefined;
}

/** The ports of docker-compose.yml, which it takes from the environment. */
const composeEnv = ({ servers: [kafka, redis] }: StackRecord) => ({
  HOST_KAFKA_PORT: String(kafka!.port),
  HOST_REDIS_PORT: String(redis!.port),
});

function composeRecord(wanted: WantedPorts): StackRecord {
  const kafkaPort = wanted.kafkaPort ?? Number(process.env.HOST_KAFKA_PORT ?? 9092);
  const redisPort = wanted.redisPort ?? Number(process.env.HOST_REDIS_PORT ?? 6379);
  return {
    formatVersion: 1,
    mode: 'compose',
    owner: null,
    servers: [
      { name: 'kafka', port: kafkaPort, pid: 0, startedAt: '' },
      { name: 'redis', port: redisPort, pid: 0, startedAt: '' },
    ],
    kafkaBrokers: `127.0.0.1:${kafkaPort}`,
    redisUrl: `redis://127.0.0.1:${redisPort}`,
    startedAt: new Date().toISOString(),
  };
}
