import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';
import { startProgress } from './progress.mjs';
import { npmCi, runTool } from './run-tool.mjs';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const QUIET = { note() {}, end() {} };

/**
 * Installs the packages unless they are installed, and compiles what has changed. A second process
 * waits for the first.
 *
 * @param {string} root folder of package-lock.json
 * @returns {Promise<number>} the exit code: 0, 3 when npm or the compiler failed, 128 + signal when
 * interrupted
 */
export async function prepare(root) {
  const interrupt = new AbortController();
  const onSignal = (signal) => interrupt.abort(signal);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  try {
    const exitCode = isInstalled(root) ? 0 : await install(root, interrupt.signal);
    return exitCode === 0 ? await build(root, interrupt.signal) : exitCode;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error('\nInterrupted while preparing. Run the same command again to resume.');
    return SIGNALS[interrupt.signal.reason];
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  }
}

/**
 * Whether node_modules is newer than package-lock.json. npm writes the checked file last.
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

function install(root, signal) {
  const step = {
    name: 'install',
    title: 'Installing packages (npm ci)',
    waiting: 'is installing packages in this folder',
    isDone: () => isInstalled(root),
  };
  return once(root, signal, { ...step, command: npmCi(), failed: ['npm ci', 'Check the connection to the npm registry'] });
}

/** The compiler finds what has changed. Only the first build is shown, because it takes long. */
function build(root, signal) {
  const title = existsSync(join(root, 'tsconfig.tsbuildinfo')) ? null : 'Compiling (npm run build)';
  const step = { name: 'build', title, waiting: 'is compiling this folder', isDone: () => false };
  const command = [process.execPath, join(root, 'node_modules/@typescript/native/bin/tsc')];
  return once(root, signal, { ...step, command, failed: ['npm run build', 'Correct the errors above'] });
}

/**
 * Runs a command under its own lock file, and shows its progress.
 * @returns 0, or 3 where it failed
 */
async function once(root, signal, { name, title, waiting, isDone, command, failed: [what, remedy] }) {
  const progress = title === null ? QUIET : startProgress(title);
  let how = 'done';
  let failure = null;
  try {
    const release = await takeLock(join(root, `.epee/${name}.lock`), signal, (pid) =>
      progress.note(`Process ${pid} ${waiting}; waiting for it`),
    );
    try {
      const { exitCode, output } = isDone() ? { exitCode: 0, output: '' } : await runTool(command, root, signal);
      signal.throwIfAborted();
      if (exitCode !== 0)
        failure = `${output.trimEnd()}\n${what} failed with exit code ${exitCode}. ${remedy}, then run the same command again.`;
    } finally {
      release();
    }
    if (failure !== null) how = 'failed';
  } finally {
    progress.end(signal.aborted ? 'interrupted' : how);
  }
  if (failure === null) return 0;
  console.error(failure);
  return 3;
}
