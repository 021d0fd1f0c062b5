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
/** Longest time for a suite; far above what it needs, so that only a hang meets it. */
const SUITE_LIMIT_MS = 30 * 60 * 1000;
/** Time for mocha to end by itself after its last test; longer means that a test left a handle open. */
const LINGER_LIMIT_MS = 30_000;
const POLL_MS = 250;

/** What a run of mocha needs. */
export interface MochaRun {
  readonly suite: Suite;
  /** Arguments for mocha beside those of the suite's file test/mocharc.<suite>.json. */
  readonly args: readonly string[];
  /** Variables for the tests beside this process's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs mocha in a process group of its own, with its output on this process's stdout and stderr. Whatever it or its tests leave running is killed.
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

/** Mocha adds files named as arguments to those of its configuration file: where files are named, the configuration's options are given without its list. */
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

/** A test file as mocha is to load it: what `npm run build` made of it. */
const compiled = (arg: string): string => (arg.endsWith('.test.ts') ? arg.replace(/\.ts$/, '.js') : arg);

/** Waits for the process; true when it ended in time with exit code 0. */
async function endOf(child: ChildProcess, finished: () => boolean, signal: AbortSignal): Promise<boolean> {
  const stop = (name: NodeJS.Signals) => killGroup(child.pid, name);
  const onAbort = () => stop('SIGTERM');
  signal.addEventListener('abort', onAbort, { once: true });
  const watch = watchTime(finished, (why) => {
    console.error(`\n${why}; it is killed and counts as failed.`);
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
      overtime(`All tests are done, but ${LINGER_LIMIT_MS / 1000} s later mocha still runs: a test left something open`);
    } else if (nowMs - startMs > SUITE_LIMIT_MS) {
      clearInterval(timer);
      overtime(`The suite takes longer than ${SUITE_LIMIT_MS / 60_000} minutes`);
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
