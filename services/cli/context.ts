import type { Readable } from 'node:stream';
import { type CliConfig, cliConfig } from '@epee/config';
import { linesOn, type Output, progressOn, type Watch, widthOf, write, writeWhole } from '@epee/terminal';

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

/** Servers by the option that holds their address. */
const ADDRESSES = { kafka: 'EPEE_KAFKA_BROKERS', redis: 'EPEE_REDIS_URL' } as const;

/**
 * The configuration, with the addresses of the stack of `epee up` where the environment names no others.
 * @param needs servers whose address must be known
 * @throws EpeeError CONFIG_INVALID, STACK_NOT_RUNNING
 */
export async function stackConfig({ env }: Pick<CliContext, 'env'>, ...needs: (keyof typeof ADDRESSES)[]): Promise<CliConfig> {
  const { withLocalStack } = await import('@epee/stack');
  return cliConfig(
    withLocalStack(
      env,
      needs.map((server) => ADDRESSES[server]),
    ),
  );
}

/** How a report is shown. */
export interface Showing<Report> {
  /** Print JSON in place of words. */
  readonly json: boolean | undefined;
  /** Files to write, by their format. */
  readonly files?: { readonly json?: string; readonly html?: string };
  /** @param width of the terminal, characters */
  words(report: Report, width: number): string;
  /** The report as a page. */
  page?(report: Report): string;
}

/** Writes a report to files, and prints it. @throws EpeeError FILE_INVALID where a file cannot be written */
export async function showReport<Report>(
  { stdout }: Pick<CliContext, 'stdout'>,
  report: Report,
  { json, files = {}, words, page }: Showing<Report>,
): Promise<void> {
  const text = `${JSON.stringify(report, null, 1)}\n`;
  if (files.html !== undefined && page !== undefined) await writeWhole(files.html, page(report));
  if (files.json !== undefined) await writeWhole(files.json, text);
  await write(stdout, json ? text : `${words(report, widthOf(stdout))}\n`);
}

/** Prints a report: as one line of JSON, or in words. */
export function printReport<Report>(
  { stdout }: Pick<CliContext, 'stdout'>,
  report: Report,
  { json = false, words }: { readonly json?: boolean | undefined; readonly words: (report: Report) => string },
): void {
  stdout.write(`${json ? JSON.stringify(report) : words(report)}\n`);
}
