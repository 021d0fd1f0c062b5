// Checks that the built program starts on the newest Node.js, too: the command line, the models of
// notes and images with their native modules, a service.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '26.10.0';
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const EPEE = 'services/cli/bin/epee.mjs';

/** Arguments of node, and what its output must hold. */
const STARTS = [
  { args: [EPEE, '--help'], wanted: 'Usage: epee' },
  { args: [EPEE, 'extract', '--quiet', 'deploy/samples/icu-daily-note.txt'], wanted: '"kind":"note"' },
  { args: [EPEE, 'extract', '--quiet', 'deploy/samples/images/drawn-chest-1.png'], wanted: '"kind":"image"' },
  { args: ['services/worker/main.js'], env: { EPEE_WORKER_PORT: 'none' }, wanted: 'CONFIG_INVALID' },
];

const run = (program, args, { cwd = ROOT, env = {} } = {}) =>
  spawnSync(program, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'epee-newest-node-'));
try {
  process.exitCode = check(install(folder)) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Installs the npm package with Node's binary for this machine; answers the path of the binary. */
function install(cwd) {
  const bin = process.platform === 'darwin' && process.arch === 'arm64' ? 'bin-' : '';
  const name = `node-${bin}${process.platform}-${process.arch}`;
  const { status, stderr } = run('npm', ['install', '--prefix', cwd, '--no-audit', '--no-fund', `${name}@${VERSION}`], { cwd });
  if (status !== 0) throw new Error(`Node.js ${VERSION} could not be installed (npm install ${name}@${VERSION}):\n${stderr}`);
  return join(cwd, 'node_modules', name, 'bin/node');
}

function check(node) {
  const failed = STARTS.filter(({ args, env, wanted }) => {
    const { stdout, stderr, error } = run(node, args, { env });
    const good = `${stdout}${stderr}`.includes(wanted);
    console.log(`${good ? 'ok' : 'FAILED'}: node ${args.join(' ')}`);
    if (!good) console.log(`Expected ${wanted} in its output:\n${error?.message ?? ''}${stdout}${stderr}`);
    return !good;
  });
  const result =
    failed.length === 0
      ? `starts on Node.js ${VERSION}`
      : `does not start on Node.js ${VERSION}: ${failed.length} of ${STARTS.length} failed`;
  console.log(`The program ${result}.`);
  return failed.length === 0;
}
