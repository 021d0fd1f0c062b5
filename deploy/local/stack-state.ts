import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning, type ProcessIdentity, stopProcess } from './process-identity.ts';

/** One server process of a stack. */
export interface ServerRecord extends ProcessIdentity {
  /** `kafka-1`, `redis`, ... */
  readonly name: string;
  readonly port: number;
}

/** The content of `stack.json`: the stack in a folder. */
export interface StackRecord {
  readonly formatVersion: 1;
  /** Whether it runs as plain processes or as containers of Docker Compose. */
  readonly mode: 'processes' | 'compose';
  /** The process that the servers end with; null where they outlive it (`epee up`). */
  readonly owner: ProcessIdentity | null;
  readonly servers: readonly ServerRecord[];
  /** Addresses in the form of `EPEE_KAFKA_BROKERS`. */
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly startedAt: string;
}

/** The state file of the stack in a folder. */
export function stateFile(dir: string): string {
  return join(dir, 'stack.json');
}

/** Reads the state file; undefined where there is none, or it is not valid. */
export function readStackRecord(dir: string): StackRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(stateFile(dir), 'utf8'));
    return record.formatVersion === 1 && Array.isArray(record.servers) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the state file atomically. */
export function writeStackRecord(dir: string, record: StackRecord): void {
  const path = stateFile(dir);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Removes the state file. */
export function clearStackRecord(dir: string): void {
  rmSync(stateFile(dir), { force: true });
}

/** The servers of a record that still run. */
export function runningServers(record: StackRecord): ServerRecord[] {
  return record.servers.filter(isRunning);
}

/** Stops the servers of a record that still run, in parallel. */
export async function stopServers(record: StackRecord): Promise<void> {
  await Promise.all(record.servers.map((server) => stopProcess(server, 15_000)));
}
