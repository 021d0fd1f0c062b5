import { EpeeError } from '@epee/errors';
import { checkOutput } from '@epee/terminal';
import { Option } from 'commander';

/** `--json`: the report on standard output as JSON, in place of tables. */
export const jsonOption = (what = 'the report') => new Option('--json', `print ${what} as JSON`);

/** A kind of file that a command writes; the ending of a file's name chooses it. */
export type OutputFormat = 'json' | 'html';

/** `-o, --output FILE`, repeatable: the report as a file, in the format of its ending. */
export const outputOption = (formats: readonly OutputFormat[]) =>
  new Option(
    '-o, --output <file>',
    `write the report to a file, ${formats.map((format) => `.${format}`).join(' or ')}; repeatable`,
  ).argParser(collect);

/** Gathers the values of an option that may be given more than once. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/**
 * Sorts the files of {@link outputOption} by their format, and checks before the work that they can be written.
 * @throws EpeeError USAGE_INVALID for another ending, or two files of one format; FILE_NOT_FOUND, FILE_INVALID where a file cannot be written
 */
export function outputFiles<Format extends OutputFormat>(
  files: readonly string[] | undefined,
  formats: readonly Format[],
): Partial<Record<Format, string>> {
  const byFormat: Partial<Record<Format, string>> = {};
  for (const file of files ?? []) {
    const format = formats.find((ending) => file.endsWith(`.${ending}`));
    if (format === undefined) throw usage(`--output ${file} must end in ${formats.map((ending) => `.${ending}`).join(' or ')}`);
    if (byFormat[format] !== undefined) throw usage(`--output names two .${format} files: ${byFormat[format]} and ${file}`);
    checkOutput('--output', file);
    byFormat[format] = file;
  }
  return byFormat;
}

/** An error of usage, exit code 2. */
export const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });

/**
 * An option's value as a whole number from 1 on.
 *
 * @throws EpeeError USAGE_INVALID naming the option, the limit and the value
 */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new EpeeError('USAGE_INVALID', `${option} must be a whole number from 1 to ${most}, not ${JSON.stringify(text.slice(0, 40))}`, {
    stage: 'cli',
    details: { option, most },
  });
}
