import { EpeeError, ERROR_CODES, STAGES } from '@epee/errors';
import type { LetterId } from './letter.ts';
import type { OriginFilter, Selection } from './selection.ts';

/** Which dead letters are meant, as a user writes it. */
export interface SelectionFlags {
  readonly code?: readonly string[];
  readonly stage?: readonly string[];
  readonly origin?: string;
  readonly since?: string;
  readonly until?: string;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Whether the flags leave anything out. */
export const isFiltered = ({ code, stage, origin, since, until }: SelectionFlags): boolean =>
  [code, stage, origin, since, until].some((flag) => flag !== undefined);

/** Reads the flags. @throws EpeeError USAGE_INVALID naming the flag and what it takes */
export function parseSelection(ids: readonly LetterId[], flags: SelectionFlags, nowMs: number): Selection {
  const { code = [], stage = [], origin, since, until } = flags;
  for (const one of code)
    if (!Object.hasOwn(ERROR_CODES, one)) throw usage(`--code ${shown(one)} is no error code; docs/ERRORS.md lists them`);
  for (const one of stage) {
    if (!(STAGES as readonly string[]).includes(one)) throw usage(`--stage ${shown(one)} is no stage; there are ${STAGES.join(', ')}`);
  }
  const sinceMs = since === undefined ? null : parseTime('--since', since, nowMs);
  const untilMs = until === undefined ? null : parseTime('--until', until, nowMs);
  if (sinceMs !== null && untilMs !== null && sinceMs >= untilMs) throw usage(`--since ${since} is not before --until ${until}`);
  if (ids.length > 0 && isFiltered(flags)) throw usage('Name dead letters, or filter them; not both');
  return { ids, codes: code, stages: stage, origin: origin === undefined ? null : parseOrigin(origin), sinceMs, untilMs };
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

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });

const shown = (text: string) => JSON.stringify(text.slice(0, 60));
