import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const STALE_AFTER_MS = 30 * 60 * 1000;

/**
 * Takes a lock file; waits while a living process holds it. A lock older than half an hour counts
 * as abandoned.
 *
 * @param {string} path the lock file
 * @param {AbortSignal} signal ends the wait
 * @param {(pid: number) => void} onWait called once, when another process holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(path, signal, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    if (tryLock(path)) return () => rmSync(path, { force: true });
    const holder = holderOf(path);
    if (holder === undefined || !isAlive(holder) || isOld(path)) removeStale(path, holder);
    else {
      if (!told) onWait(holder);
      told = true;
      await sleep(POLL_MS, undefined, { signal });
    }
  }
}

/** A link is atomic: the lock appears with its content, never without a holder. */
function tryLock(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Two processes may find the same abandoned lock: the second must not remove the lock that the
 * first has made meanwhile.
 */
function removeStale(path, holder) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (holderOf(aside) !== holder) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
}

function holderOf(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isOld(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > STALE_AFTER_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
