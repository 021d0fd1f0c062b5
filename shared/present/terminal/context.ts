import type { Readable } from 'node:stream';
import type { Output } from './output.ts';

/** The world as a command sees it; tests give their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
}

/** A command's work; answers the exit code. Errors that it throws are reported by the program. */
export type Work<Arguments extends unknown[]> = (context: CliContext, ...args: Arguments) => Promise<number>;

/** Hands a command's work to the program that runs it. */
export type Runner = <Arguments extends unknown[]>(work: Work<Arguments>) => (...args: Arguments) => Promise<void>;
