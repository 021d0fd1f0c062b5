import { spawn } from 'node:child_process';
import { basename } from 'node:path';

const KILL_AFTER_MS = 3000;
const KEPT_CHARACTERS = 4000;

/**
 * Runs a tool in its own process group: an abort ends it and everything that it started.
 *
 * @param {string[]} command the program and its arguments
 * @param {string} root working directory
 * @param {AbortSignal} signal ends the tool
 * @returns {Promise<{exitCode: number, output: string}>} its exit code and the end of its output
 */
export function runTool([program, ...args], root, signal) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
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
      output += `${program} could not be started: ${error.message}\n`;
      finish(1);
    });
    child.on('close', (exitCode) => finish(exitCode ?? 1));
  });
}

/**
 * `npm ci` with development packages. Uses the npm that runs this script, because the user chose
 * it; else the one on the PATH.
 */
export function npmCi() {
  const own = process.env.npm_execpath;
  const npm = own !== undefined && basename(own) === 'npm-cli.js' ? [process.execPath, own] : ['npm'];
  return [...npm, 'ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
}

function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
