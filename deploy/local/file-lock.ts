import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EpeeError } from '@epee/errors';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

/** Options of waiting for a lock. */
export interface LockOptions {
  /** @default 600000 */
  readonly timeoutMs?: number;
  /** Called once, with the process that holds the lock, before the wait. */
  readonly onWait?: (holder: number) => void;
  /** Checked between two attempts; an abort ends the wait with an error. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while no other process holds the same lock file. The lock of a dead process does not
 * count.
 *
 * @throws EpeeError STACK_START_FAILED when another process holds the lock for longer than
 * `timeoutMs`
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { timeoutMs = 600_000, onWait, signal }: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = performance.now() + timeoutMs;
  let told = false;
  for (let holder = tryLock(path); holder !== undefined; holder = tryLock(path)) {
    if (!told) onWait?.(holder);
    told = true;
    if (performance.now() > deadline) throw held(path, holder, timeoutMs);
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Takes the lock, or answers the id of the process that holds it. */
function tryLock(path: string): number | undefined {
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)));
  try {
    // A link appears together with its content, so no process finds a lock without a holder.
    linkSync(mine, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine, { force: true });
  }
  const text = readLock(path);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (holder !== undefined && isRunning(holder)) return holder.pid;
  if (text !== undefined) removeStale(path, text);
  return tryLock(path);
}

/**
 * Two processes may find the same abandoned lock: the second must not remove the lock that the
 * first has made meanwhile.
 */
function removeStale(path: string, staleText: string): void {
  const aside = `${path}.${process.pid}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readLock(aside) !== staleText) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function held(path: string, holder: number, timeoutMs: number): EpeeError {
  return new EpeeError('STACK_START_FAILED', `Process ${holder} has held ${path} for more than ${timeoutMs} ms`, {
    stage: 'stack',
    hint: 'Wait for that process or end it.',
  });
}
