import { statSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';
import { npmCi } from './npm-ci.mjs';
import { startProgress } from './progress.mjs';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs `npm ci` unless the packages are there already. Two processes at once: the second waits for the first.
 *
 * @param {string} root folder of package-lock.json
 * @returns {Promise<number>} 0, or the exit code to end with: 3 when npm failed, 128 + signal when interrupted
 */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return 0;
  const interrupt = new AbortController();
  const onSignal = (signal) => interrupt.abort(signal);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  try {
    return await installOnce(root, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error('\nInterrupted while installing packages. Run the same command again to go on.');
    return SIGNALS[interrupt.signal.reason];
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  }
}

/**
 * Whether node_modules was completed after package-lock.json was last written. npm writes the file that is looked at last of all.
 *
 * @param {string} root folder of package-lock.json
 */
export function isInstalled(root) {
  const installed = modifiedMs(join(root, 'node_modules/.package-lock.json'));
  const locked = modifiedMs(join(root, 'package-lock.json'));
  return installed !== undefined && locked !== undefined && installed >= locked;
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

async function installOnce(root, signal) {
  const progress = startProgress('Installing packages (npm ci)');
  let ended = false;
  try {
    const release = await takeLock(join(root, '.epee/install.lock'), signal, (pid) =>
      progress.note(`Process ${pid} is installing packages in this folder; waiting for it`),
    );
    try {
      if (isInstalled(root)) return 0;
      const { exitCode, output } = await npmCi(root, signal);
      signal.throwIfAborted();
      if (exitCode === 0) return 0;
      progress.end('failed');
      ended = true;
      console.error(
        `${output.trimEnd()}\nnpm ci failed with exit code ${exitCode}. Check the connection to the npm registry, then run the same command again.`,
      );
      return 3;
    } finally {
      release();
    }
  } finally {
    if (!ended) progress.end(signal.aborted ? 'interrupted' : 'done');
  }
}
