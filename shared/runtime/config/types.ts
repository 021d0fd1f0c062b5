import { isAbsolute } from 'node:path';
import { type MinConfidence, parseMinConfidence } from '@epee/records';
import { z } from 'zod';

/** The programs that read options from the environment. */
export const SERVICE_NAMES = ['ingest', 'worker', 'projector', 'jobs', 'cli'] as const;

/** One of {@link SERVICE_NAMES}. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** One row of the table of options. */
export interface Option<T> {
  /**
   * Parses the text of the variable. The message of an issue says what a valid value is, and quotes
   * the actual one.
   */
  readonly type: z.ZodType<T, string>;
  /** Text of the variable where it is not set. */
  readonly default: string;
  /** One line for the documentation: what the option is, its unit, special values. */
  readonly doc: string;
  /** Programs that read the option. */
  readonly services: readonly ServiceName[];
}

const quoted = (value: string) => JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);

/**
 * Builds an option type from a parser.
 * @param wanted what a valid value is; the words after "must be"
 * @param parse answers `undefined` for invalid text
 */
function textAs<T>(
  wanted: string,
  parse: (value: string) => T | undefined,
  show: (value: string) => string = quoted,
): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `must be ${wanted}, but is ${value === '' ? 'empty' : show(value)}` });
    return z.NEVER;
  });
}

/** A whole number between two limits, inclusive. */
export const integer = (least: number, most: number): z.ZodType<number, string> =>
  textAs(`a whole number from ${least} to ${most}`, (value) => {
    const number = Number(value);
    return /^\d{1,15}$/.test(value) && number >= least && number <= most ? number : undefined;
  });

/** A whole number between two limits, or the word `auto` (answered as `null`). */
export const integerOrAuto = (least: number, most: number): z.ZodType<number | null, string> =>
  textAs(`"auto" or a whole number from ${least} to ${most}`, (value) => {
    const parsed = value === 'auto' ? { success: true as const, data: null } : integer(least, most).safeParse(value);
    return parsed.success ? parsed.data : undefined;
  });

/** `true` or `false`, nothing else. */
export const flag = (): z.ZodType<boolean, string> =>
  textAs('true or false', (value) => (value === 'true' ? true : value === 'false' ? false : undefined));

/** One word of a list. */
export const choice = <const W extends string>(...words: readonly W[]): z.ZodType<W, string> =>
  textAs(`one of ${words.join(', ')}`, (value) => words.find((word) => word === value));

/** One word of a list, or nothing (answered as `null`). */
export const optionalChoice = <const W extends string>(...words: readonly W[]): z.ZodType<W | null, string> =>
  textAs(`empty or one of ${words.join(', ')}`, (value) => (value === '' ? null : words.find((word) => word === value)));

/** Text that matches a pattern. */
export const pattern = (regex: RegExp, wanted: string): z.ZodType<string, string> =>
  textAs(wanted, (value) => (regex.test(value) ? value : undefined));

/** Any text, or nothing (answered as `null`). */
export const optionalText = (): z.ZodType<string | null, string> => textAs('text', (value) => (value === '' ? null : value));

/** A path that is not empty. */
export const path = (): z.ZodType<string, string> => textAs('a path', (value) => (value === '' ? undefined : value));

/** Several absolute paths separated by ":", or nothing. */
export const absolutePaths = (): z.ZodType<readonly string[], string> =>
  textAs('absolute paths, separated by ":"', (value) => {
    const list = value === '' ? [] : value.split(':');
    return list.every((path) => isAbsolute(path)) ? list : undefined;
  });

/** Hosts: `host` or `host:port`, separated by commas; or nothing. */
export const hosts = (): z.ZodType<readonly string[], string> =>
  textAs('host or host:port, separated by commas', (value) => {
    const list = value === '' ? [] : value.split(',').map((host) => host.trim().toLowerCase());
    return list.every((host) => isBroker(host) || isBroker(`${host}:1`)) ? list : undefined;
  });

/** Pairs: `name=value`, separated by commas, each name once; or nothing. */
export const pairs = (name: RegExp, value: RegExp, wanted: string): z.ZodType<Readonly<Record<string, string>>, string> =>
  textAs(`empty or ${wanted}`, (text) => {
    const list = text === '' ? [] : text.split(',').map((pair) => pair.trim().split('='));
    const isRight = (pair: readonly string[]) => pair.length === 2 && name.test(pair[0]!) && value.test(pair[1]!);
    if (!list.every(isRight) || new Set(list.map(([key]) => key)).size < list.length) return undefined;
    return Object.fromEntries(list);
  });

/** Lowest confidences by label; or nothing. */
export const minConfidence = (): z.ZodType<MinConfidence, string> =>
  textAs('a number from 0 to 1, or label=number separated by commas, each label once', (value) => parseMinConfidence(value) ?? undefined);

/** Paths of folders, separated by ":". */
export const folders = (): z.ZodType<readonly string[], string> =>
  textAs('paths of folders, separated by ":"', (value) => {
    const list = value.split(':');
    return list.every((folder) => folder !== '') ? list : undefined;
  });

/** Brokers: `host:port`, separated by commas. */
export const brokers = (): z.ZodType<readonly string[], string> =>
  textAs('host:port, separated by commas', (value) => {
    const list = value.split(',').map((broker) => broker.trim());
    return list.every(isBroker) ? list : undefined;
  });

function isBroker(broker: string): boolean {
  const match = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(broker);
  const port = Number(match?.[1]);
  return match !== null && port >= 1 && port <= 65535;
}

/**
 * A URL with one of the protocols and without a password. A refused URL is not quoted, because it
 * may hold a password.
 */
export const url = (...protocols: readonly string[]): z.ZodType<string, string> =>
  textAs(
    wantedUrl(protocols),
    (value) => (isPlainUrl(value, protocols) ? value : undefined),
    () => 'something else',
  );

/** As {@link url}, or nothing (answered as `null`). */
export const optionalUrl = (...protocols: readonly string[]): z.ZodType<string | null, string> =>
  textAs(
    `empty or ${wantedUrl(protocols)}`,
    (value) => (value === '' ? null : isPlainUrl(value, protocols) ? value : undefined),
    () => 'something else',
  );

const wantedUrl = (protocols: readonly string[]) =>
  `a URL with ${protocols.map((name) => `${name}://`).join(' or ')} and without a password (put it into a file)`;

function isPlainUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const parsed = new URL(value);
  return protocols.includes(parsed.protocol.slice(0, -1)) && parsed.hostname !== '' && parsed.password === '';
}
