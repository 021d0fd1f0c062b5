import { EpeeError, ERROR_CODES, STAGES } from '@epee/errors';
import type { Offset } from '@epee/stream';
import { type Letter, type LetterId, parseId } from './letter.ts';

/** Where letters came from. */
export interface OriginFilter {
  readonly topic: string;
  readonly partition: number | null;
  /** Both included. */
  readonly offsets: { readonly first: Offset; readonly last: Offset } | null;
}

/** Which letters are meant. Empty lists and nulls leave everything in. */
export interface Selection {
  readonly ids: readonly LetterId[];
  readonly codes: readonly string[];
  readonly stages: readonly string[];
  readonly origin: OriginFilter | null;
  /** When the letter was written, milliseconds since 1970 UTC: `sinceMs` included, `untilMs` not. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/** The same as a user writes it. */
export interface SelectionFlags {
  readonly code?: readonly string[];
  readonly stage?: readonly string[];
  readonly origin?: string;
  readonly since?: string;
  readonly until?: string;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads ids and flags. @throws EpeeError USAGE_INVALID naming the flag and what it takes */
export function parseSelection(ids: readonly string[], flags: SelectionFlags, nowMs: number): Selection {
  const { code = [], stage = [], origin, since, until } = flags;
  for (const one of code)
    if (!Object.hasOwn(ERROR_CODES, one)) throw usage(`--code ${shown(one)} is no error code; docs/ERRORS.md lists them`);
  for (const one of stage) {
    if (!(STAGES as readonly string[]).includes(one)) throw usage(`--stage ${shown(one)} is no stage; there are ${STAGES.join(', ')}`);
  }
  const selection: Selection = {
    ids: ids.map(parseId),
    codes: code,
    stages: stage,
    origin: origin === undefined ? null : parseOrigin(origin),
    sinceMs: since === undefined ? null : parseTime('--since', since, nowMs),
    untilMs: until === undefined ? null : parseTime('--until', until, nowMs),
  };
  const { sinceMs, untilMs } = selection;
  if (sinceMs !== null && untilMs !== null && sinceMs >= untilMs) throw usage(`--since ${since} is not before --until ${until}`);
  if (selection.ids.length > 0 && isFiltered(selection)) throw usage('Name dead letters, or filter them; not both');
  return selection;
}

/** Whether a selection leaves anything out but by ids. */
export const isFiltered = ({ codes, stages, origin, sinceMs, untilMs }: Selection): boolean =>
  codes.length > 0 || stages.length > 0 || origin !== null || sinceMs !== null || untilMs !== null;

/** Whether a letter is meant. */
export function isSelected(selection: Selection, letter: Letter): boolean {
  const { ids, codes, stages, origin, sinceMs, untilMs } = selection;
  return (
    (ids.length === 0 || ids.some(({ partition, offset }) => partition === letter.partition && offset === letter.offset)) &&
    (codes.length === 0 || codes.includes(letter.code)) &&
    (stages.length === 0 || stages.includes(letter.stage)) &&
    (origin === null || cameFrom(origin, letter)) &&
    (sinceMs === null || letter.writtenMs >= sinceMs) &&
    (untilMs === null || letter.writtenMs < untilMs)
  );
}

function cameFrom({ topic, partition, offsets }: OriginFilter, { origin }: Letter): boolean {
  if (origin === null || origin.topic !== topic) return false;
  if (partition !== null && origin.partition !== partition) return false;
  return offsets === null || (origin.offset >= offsets.first && origin.offset <= offsets.last);
}

function parseOrigin(text: string): OriginFilter {
  const match = /^([A-Za-z0-9._-]{1,249})(?::(\d{1,9})(?::(\d{1,19})(?:-(\d{1,19}))?)?)?$/.exec(text);
  if (match === null) throw usage(`--origin must be TOPIC, TOPIC:PARTITION or TOPIC:PARTITION:FIRST-LAST, not ${shown(text)}`);
  const [, topic, partition, first, last = first] = match;
  if (first !== undefined && BigInt(first) > BigInt(last!)) throw usage(`--origin ${text}: ${first} is after ${last}`);
  return {
    topic: topic!,
    partition: partition === undefined ? null : Number(partition),
    offsets: first === undefined ? null : { first: BigInt(first), last: BigInt(last!) },
  };
}

function parseTime(flag: string, text: string, nowMs: number): number {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * UNITS_MS[ago[2]!]!;
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw usage(`${flag} must be a time such as 2026-03-01T08:00Z, or an age such as 30m, 6h or 2d, not ${shown(text)}`);
  return ms;
}

const shown = (text: string) => JSON.stringify(text.slice(0, 60));
const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
