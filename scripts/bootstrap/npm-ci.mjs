import { spawn } from 'node:child_process';
import { basename } from 'node:path';

const KILL_AFTER_MS = 3000;
const KEPT_CHARACTERS = 4000;

/**
 * Runs `npm ci` with development packages, in a process group of its own: an abort ends npm and everything that it started.
 *
 * @param {string} root folder of package-lock.json
 * @param {AbortSignal} signal ends npm
 * @returns {Promise<{exitCode: number, output: string}>} npm's exit code and the end of what it printed
 */
export function npmCi(root, signal) {
  const [command, ...before] = npmCommand();
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  return new Promise((resolve) => {
    const child = spawn(command, [...before, ...args], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let timer;
    const end = () => {
      killGroup(child.pid, 'SIGTERM');
      timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    const finish = (exitCode) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (signal.aborted) killGroup(child.pid, 'SIGKILL');
      resolve({ exitCode, output });
    };
    child.on('error', (error) => {
      output += `npm could not be started: ${error.message}\n`;
      finish(1);
    });
    child.on('close', (exitCode) => finish(exitCode ?? 1));
  });
}

/** The npm that runs this script, so that it is the one that the user chose; else the one on the PATH. */
function npmCommand() {
  const own = process.env.npm_execpath;
  return own !== undefined && basename(own) === 'npm-cli.js' ? [process.execPath, own] : ['npm'];
}

function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
