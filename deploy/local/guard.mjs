// Runs one server and ends it when whoever started it goes away, however it goes: the starter holds the other end of this process's stdin, and the
// kernel closes that even after SIGKILL. Plain JavaScript, because it must start fast and without the TypeScript loader.
//
// argv[2]: JSON { command, args, cwd, env, logFile, stopMs, abandonMs, removeDir }
// stdout:  JSON lines {"pid": n}, then {"exitCode": n | null, "signal": s | null} or {"error": "..."}
// stdin:   "release\n" leaves the server running on its own; "stop\n" stops it; end of file stops it and deletes removeDir.
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';

const plan = JSON.parse(process.argv[2]);
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.stdout.on('error', () => {});

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = openSync(plan.logFile, 'a', 0o600);
const server = spawn(plan.command, plan.args, { cwd: plan.cwd, env: plan.env, detached: true, stdio: ['ignore', log, log] });

let ended = false;
let abandoned = false;
function finish(line) {
  ended = true;
  if (abandoned && plan.removeDir) rmSync(plan.removeDir, { recursive: true, force: true, maxRetries: 5 });
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0));
}

/** To the server's whole group: a start script may have children. */
function signal(name) {
  try {
    process.kill(-server.pid, name);
  } catch {
    server.kill(name);
  }
}

function stop(patienceMs) {
  if (ended || server.pid === undefined) return;
  signal('SIGTERM');
  setTimeout(() => signal('SIGKILL'), patienceMs);
}

server.on('spawn', () => say({ pid: server.pid }));
server.on('error', (error) => finish({ error: error.message }));
server.on('exit', (exitCode, signal) => finish({ exitCode, signal }));
process.on('SIGTERM', () => stop(plan.stopMs));
function abandon() {
  abandoned = true;
  stop(plan.abandonMs);
}
process.stdin.on('end', abandon);
process.stdin.on('error', abandon);
process.stdin.on('data', (text) => {
  if (String(text).includes('release')) process.exit(0);
  else stop(plan.stopMs);
});
