// Runs one server and ends it when its starter ends in any way. The starter holds the other end of
// this process's stdin, and the kernel closes that end even after SIGKILL.
//
// argv[2]: JSON of a ProcessPlan stdout:  JSON lines {"pid": n}, then {"exitCode": n | null,
// "signal": s | null} or {"error": "..."} stdin:   "release\n" lets the server outlive this
// process; "stop\n" stops it; the end of the file stops it and deletes removeDir.
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import type { ProcessPlan } from './guarded-process.ts';

const plan = JSON.parse(process.argv[2]!) as ProcessPlan & Required<Pick<ProcessPlan, 'env' | 'stopMs' | 'abandonMs'>>;
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.stdout.on('error', () => {});

const log = openSync(plan.logFile, 'a', 0o600);
const server = spawn(plan.command, plan.args, { cwd: plan.cwd, env: plan.env, detached: true, stdio: ['ignore', log, log] });

let ended = false;
let abandoned = false;

function finish(line: object): void {
  ended = true;
  if (abandoned && plan.removeDir) rmSync(plan.removeDir, { recursive: true, force: true, maxRetries: 5 });
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0));
}

/** Signals the whole group of the server: a start script may have children. */
function signal(name: NodeJS.Signals): void {
  try {
    process.kill(-server.pid!, name);
  } catch {
    server.kill(name);
  }
}

function stop(patienceMs: number): void {
  if (ended || server.pid === undefined) return;
  signal('SIGTERM');
  setTimeout(() => signal('SIGKILL'), patienceMs);
}

function abandon(): void {
  abandoned = true;
  stop(plan.abandonMs);
}

server.on('spawn', () => process.stdout.write(`${JSON.stringify({ pid: server.pid })}\n`));
server.on('error', (error) => finish({ error: error.message }));
server.on('exit', (exitCode, signal) => finish({ exitCode, signal }));
process.on('SIGTERM', () => stop(plan.stopMs));
process.stdin.on('end', abandon);
process.stdin.on('error', abandon);
process.stdin.on('data', (text) => {
  if (String(text).includes('release')) process.exit(0);
  else stop(plan.stopMs);
});
