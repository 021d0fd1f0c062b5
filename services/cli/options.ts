import { EpeeError } from '@epee/errors';
import { isPolicyName } from '@epee/stream';
import { checkOutput } from '@epee/terminal';
import { Option } from 'commander';

/** `--json`: the report on standard output as JSON, in place of tables. */
export const jsonOption = (what = 'the report') => new Option('--json', `print ${what} as JSON`);

/** A kind of file that a command writes; the ending of a file's name chooses it. */
export type OutputFormat = 'json' | 'html' | 'md';

/** `-o, --output FILE`, repeatable: the report as a file, in the format of its ending. */
export const outputOption = (formats: readonly OutputFormat[]) =>
  new Option(
    '-o, --output <file>',
    `write the report to a file, ${formats.map((format) => `.${format}`).join(' or ')}${formats.length > 1 ? '; repeatable' : ''}`,
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

/** `--stdin KIND`: how standard input is read. */
export const stdinOption = () =>
  new Option('--stdin <kind>', 'how standard input is read').choices(['auto', 'text', 'rows']).default('auto');

/** `--dir FOLDER`: which stack a command is about. */
export const dirOption = () => new Option('--dir <folder>', 'folder of the stack (default: .epee/stack)');

/** `--policy NAME` of notes that a worker reads. @throws EpeeError USAGE_INVALID where no policy can have that name */
export const policyOption = () =>
  new Option('--policy <name>', "named exit policy for these notes (default: the worker's own)").argParser((name: string) => {
    if (isPolicyName(name)) return name;
    throw usage('--policy must be the name of a policy: a letter, then letters, digits or "-"');
  });

/** `--source NAME`: where notes come from that do not tell. */
export const sourceOption = (source: string) => new Option('--source <name>', 'source of notes that name none').default(source);

/** `--note-version NUMBER` of notes that do not tell theirs. @throws EpeeError USAGE_INVALID where it is no whole number */
export const noteVersionOption = () =>
  new Option('--note-version <number>', 'version of notes that name none; a newer version replaces an older one')
    .default('1')
    .argParser((version: string) => {
      if (/^\d{1,19}$/.test(version)) return version;
      throw usage('--note-version must be a whole number from 0 to 9223372036854775807');
    });

/** An option whose value is a whole number. @throws EpeeError as {@link wholeNumber} */
export function numberOption(flags: string, what: string, most: number): Option {
  const option = new Option(flags, what);
  return option.argParser((text: string) => wholeNumber(option.long!, text, most));
}

/** An error of usage, exit code 2. */
export const usage = (message: string, hint?: string) =>
  new EpeeError('USAGE_INVALID', message, { stage: 'cli', ...(hint === undefined ? {} : { hint }) });

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
