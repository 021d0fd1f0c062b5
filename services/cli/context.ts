import type { Readable } from 'node:stream';
import { type CliConfig, cliConfig } from '@epee/config';
import { linesOn, type Output, progressOn, type Watch } from '@epee/terminal';

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

/**
 * What tools are given: progress on standard error, and when to end.
 * @param printing whether results are printed meanwhile: a bar on the same terminal would be in their way. @default false
 */
export const watchOf = ({ stdout, stderr, signal }: CliContext, printing = false): Watch => ({
  startProgress: printing && stdout.isTTY === true ? linesOn(stderr) : progressOn(stderr),
  signal,
});

/** The configuration, with the addresses of the stack of `epee up` where the environment names no others. @throws EpeeError CONFIG_INVALID */
export async function stackConfig({ env }: Pick<CliContext, 'env'>): Promise<CliConfig> {
  const { withLocalStack } = await import('@epee/stack');
  return cliConfig(withLocalStack(env));
}

/** Prints a report: as one line of JSON, or in words. */
export function printReport<Report>(
  { stdout }: Pick<CliContext, 'stdout'>,
  report: Report,
  { json = false, words }: { readonly json?: boolean | undefined; readonly words: (report: Report) => string },
): void {
  stdout.write(`${json ? JSON.stringify(report) : words(report)}\n`);
}
