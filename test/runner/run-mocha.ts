import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { namesFiles, type Suite } from './choice.ts';
import { type Totals, totalsOf } from './totals.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const REPORTER = join(import.meta.dirname, 'reporter.js');
/** Time limit of a suite; far above what it needs, so that only a hang reaches it. */
const SUITE_LIMIT_MS = 30 * 60 * 1000;
/**
 * Time that mocha may take to end after its last test; longer means that a test left a handle open.
 */
const LINGER_LIMIT_MS = 30_000;
const POLL_MS = 250;

/** What a run of mocha needs. */
export interface MochaRun {
  readonly suite: Suite;
  /** Arguments of mocha, added to those of test/mocharc.<suite>.json. */
  readonly args: readonly string[];
  /** Environment variables, added to those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs mocha in a process group of its own, on the stdout and stderr of this process. Kills what
 * mocha or its tests leave running.
 */
export async function runMocha({ suite, args, env, signal }: MochaRun): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'epee-totals-'));
  const totalsFile = join(folder, 'totals.json');
  try {
    const child = spawn(process.execPath, [MOCHA, ...suiteArguments(suite, args), '--reporter', REPORTER, ...args.map(compiled)], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, ...env, EPEE_TEST_TOTALS_FILE: totalsFile },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const succeeded = await endOf(child, () => read(totalsFile) !== undefined, signal);
    return totalsOf(read(totalsFile), succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Mocha adds named files to those of its configuration file. So, with named files, it gets the
 * options of that file without its list.
 */
function suiteArguments(suite: Suite, args: readonly string[]): string[] {
  const file = join(ROOT, `test/mocharc.${suite}.json`);
  if (!namesFiles(args)) return ['--config', file];
  const { timeout, require = [] } = JSON.parse(readFileSync(file, 'utf8'));
  return [
    '--no-config',
    ...require.flatMap((module: string) => ['--require', module]),
    '--timeout',
    String(timeout),
    '--forbid-only',
    '--forbid-pending',
  ];
}

/** The compiled file of a test file: mocha loads that one. */
const compiled = (arg: string): string => (arg.endsWith('.test.ts') ? arg.replace(/\.ts$/, '.js') : arg);

/** Waits for the process; true when it ended in time with exit code 0. */
async function endOf(child: ChildProcess, finished: () => boolean, signal: AbortSignal): Promise<boolean> {
  const stop = (name: NodeJS.Signals) => killGroup(child.pid, name);
  const onAbort = () => stop('SIGTERM');
  signal.addEventListener('abort', onAbort, { once: true });
  const watch = watchTime(finished, (why) => {
    console.error(`\n${why}. Mocha is killed, and the run counts as failed.`);
    stop('SIGKILL');
  });
  try {
    return await new Promise<boolean>((done, fail) => {
      child.once('error', fail);
      child.once('close', (exitCode) => done(exitCode === 0));
      if (signal.aborted) onAbort();
    });
  } finally {
    watch.stop();
    signal.removeEventListener('abort', onAbort);
    stop('SIGKILL');
  }
}

function watchTime(finished: () => boolean, overtime: (why: string) => void): { stop(): void } {
  const startMs = performance.now();
  let finishedMs: number | undefined;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (finishedMs === undefined && finished()) finishedMs = nowMs;
    if (finishedMs !== undefined && nowMs - finishedMs > LINGER_LIMIT_MS) {
      clearInterval(timer);
      overtime(`Mocha still runs ${LINGER_LIMIT_MS / 1000} s after its last test: a test left a handle open`);
    } else if (nowMs - startMs > SUITE_LIMIT_MS) {
      clearInterval(timer);
      overtime(`The suite passed its limit of ${SUITE_LIMIT_MS / 60_000} minutes`);
    }
  }, POLL_MS);
  return { stop: () => clearInterval(timer) };
}

function read(totalsFile: string): Totals | undefined {
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
