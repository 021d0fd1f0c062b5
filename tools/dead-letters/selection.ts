import type { Offset } from '@epee/stream';
import type { Letter, LetterId } from './letter.ts';

/** Where dead letters came from. */
export interface OriginFilter {
  readonly topic: string;
  readonly partition: number | null;
  /** Both included. */
  readonly offsets: { readonly first: Offset; readonly last: Offset } | null;
}

/** Which dead letters are meant. Empty lists and nulls leave everything in. */
export interface Selection {
  readonly ids: readonly LetterId[];
  readonly codes: readonly string[];
  readonly stages: readonly string[];
  readonly origin: OriginFilter | null;
  /** When the dead letter was written, milliseconds since 1970 UTC: `sinceMs` included, `untilMs` not. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/** Some dead letters by their ids. */
export const selectionOf = (ids: readonly LetterId[]): Selection => ({
  ids,
  codes: [],
  stages: [],
  origin: null,
  sinceMs: null,
  untilMs: null,
});

/** Whether a dead letter is meant. */
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
