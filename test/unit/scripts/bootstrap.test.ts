import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const SCRIPTS = resolve(import.meta.dirname, '../../../scripts');
const PREPARE = pathToFileURL(join(SCRIPTS, 'bootstrap/prepare.mjs')).href;

/** Stands for npm: writes down its arguments, and completes node_modules as npm does. */
const GOOD_NPM = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('calls.txt', process.argv.slice(2).join(' ') + '\\n');
setTimeout(() => {
  mkdirSync('node_modules', { recursive: true });
  writeFileSync('node_modules/.package-lock.json', '{}');
}, 300);`;
/** Stands for the compiler. */
const GOOD_COMPILER = "import { writeFileSync } from 'node:fs'; writeFileSync('tsconfig.tsbuildinfo', '{}');";
const BAD_COMPILER = "console.log('a.ts(1,1): error TS2304'); process.exit(1);";
const BAD_NPM = "console.error('E404 no such package'); process.exit(7);";
/** Starts another process and hangs; ignores SIGTERM. */
const HANGING_NPM = `
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
process.on('SIGTERM', () => {});
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
writeFileSync('pids.txt', process.pid + ' ' + child.pid);
setInterval(() => {}, 1000);`;

describe('bootstrap', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'epee-bootstrap-'));
    writeFileSync(join(root, 'package-lock.json'), '{}');
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    mkdirSync(join(root, 'node_modules/@typescript/native/bin'), { recursive: true });
    writeFileSync(join(root, 'node_modules/@typescript/native/bin/tsc'), GOOD_COMPILER);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function install(npm: string): { child: ChildProcess; ended: Promise<{ exitCode: number | null; output: string }> } {
    writeFileSync(join(root, 'npm-cli.js'), npm);
    const code = `import { prepare } from ${JSON.stringify(PREPARE)}; process.exitCode = await prepare(${JSON.stringify(root)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      env: { ...process.env, npm_execpath: join(root, 'npm-cli.js') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    return { child, ended: new Promise((done) => child.on('close', (exitCode) => done({ exitCode, output }))) };
  }

  const calls = () => (existsSync(join(root, 'calls.txt')) ? readFileSync(join(root, 'calls.txt'), 'utf8').trim().split('\n') : []);

  it('installs what the lock file names, development packages too, and says so', async () => {
    const { exitCode, output } = await install(GOOD_NPM).ended;
    assert.equal(exitCode, 0);
    assert.match(calls()[0]!, /^ci --include=dev /);
    assert.match(
      output,
      /^Installing packages \(npm ci\) \.\.\.\nInstalling packages \(npm ci\): done, \d+ s\nCompiling \(npm run build\) \.\.\.\nCompiling \(npm run build\): done, \d+ s\n$/,
    );
    assert.equal(existsSync(join(root, '.epee/install.lock')), false);
  });

  it('does nothing, silently, when all is installed; installs again when the lock file is newer', async () => {
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
    writeFileSync(join(root, 'tsconfig.tsbuildinfo'), '{}');
    assert.deepEqual(await install(GOOD_NPM).ended, { exitCode: 0, output: '' });
    assert.deepEqual(calls(), []);
    const later = Date.now() / 1000 + 100;
    utimesSync(join(root, 'package-lock.json'), later, later);
    assert.equal((await install(GOOD_NPM).ended).exitCode, 0);
    assert.equal(calls().length, 1);
  });

  it('installs once when two start at the same time', async () => {
    const both = await Promise.all([install(GOOD_NPM).ended, install(GOOD_NPM).ended]);
    assert.deepEqual(
      both.map(({ exitCode }) => exitCode),
      [0, 0],
    );
    assert.equal(calls().length, 1);
    assert.match(both.map(({ output }) => output).join(''), /Process \d+ is installing packages in this folder; waiting for it/);
  });

  it('takes over the lock of a process that has died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((done) => dead.on('close', done));
    mkdirSync(join(root, '.epee'));
    writeFileSync(join(root, '.epee/install.lock'), String(dead.pid));
    assert.equal((await install(GOOD_NPM).ended).exitCode, 0);
    assert.equal(calls().length, 1);
  });

  it('shows what npm said when it fails, and ends with 3', async () => {
    const { exitCode, output } = await install(BAD_NPM).ended;
    assert.equal(exitCode, 3);
    assert.match(output, /E404 no such package\nnpm ci failed with exit code 7\. Check the connection/);
    assert.equal(existsSync(join(root, '.epee/install.lock')), false);
  });

  it('shows what the compiler said when it fails, and ends with 3', async () => {
    writeFileSync(join(root, 'node_modules/@typescript/native/bin/tsc'), BAD_COMPILER);
    const { exitCode, output } = await install(GOOD_NPM).ended;
    assert.equal(exitCode, 3);
    assert.match(output, /a\.ts\(1,1\): error TS2304\nnpm run build failed with exit code 1\. Correct the errors above/);
  });

  it('ends npm and all that it started when it is interrupted', async () => {
    const { child, ended } = install(HANGING_NPM);
    while (!existsSync(join(root, 'pids.txt')) || readFileSync(join(root, 'pids.txt'), 'utf8') === '')
      await new Promise((done) => setTimeout(done, 20));
    child.kill('SIGINT');
    const { exitCode, output } = await ended;
    assert.equal(exitCode, 130);
    assert.match(output, /Interrupted while preparing\. Run the same command again to resume\./);
    for (const pid of readFileSync(join(root, 'pids.txt'), 'utf8').split(' '))
      assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' });
    assert.equal(existsSync(join(root, '.epee/install.lock')), false);
  });

  it('answers an old Node with one line that says what to install', async () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.4'}})";
    const child = spawn(process.execPath, ['--import', old, join(SCRIPTS, 'bootstrap.mjs'), 'epee', 'demo']);
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    const exitCode = await new Promise((done) => child.on('close', done));
    assert.equal(exitCode, 3);
    assert.match(output, /^epee-stream needs Node\.js 20\.19 or newer, and this is Node\.js 18\.20\.4\. Install it .*\n$/);
  });

  it('begins in a file that old Node versions can parse', () => {
    const source = readFileSync(join(SCRIPTS, 'bootstrap.mjs'), 'utf8');
    assert.doesNotMatch(source, /\?\.|\?\?|^import |^await |node:/m);
  });
});
