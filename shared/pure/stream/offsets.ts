import type { Offset } from './types.ts';

/** Offset to commit after a batch: one past its last offset, transaction markers included, so that lag reaches 0. */
export const nextOffset = (lastOffset: Offset): Offset => lastOffset + 1n;

/** A committed offset as a broker reports it: negative (none committed, or a reset) is `null`. */
export function committedOffset(reported: string | bigint): Offset | null {
  const offset = BigInt(reported);
  return offset < 0n ? null : offset;
}

/** Records of a group's partition that wait. `null` where nothing is committed and the start is not known: unknown is not 0. */
export function lagOf(committed: Offset | null, { low, high }: { readonly low: Offset | null; readonly high: Offset }): bigint | null {
  const from = committed ?? low;
  if (from === null) return null;
  return high > from ? high - from : 0n;
}

/** What to do with a fetched batch, given where its partition should resume. */
export type Resumption = 'process' | { readonly seekTo: Offset };

/**
 * Compares where a fetch began with where the partition should resume. A fetch that begins early would repeat committed records; one that begins late on the
 * first batch of an assignment would lose those between. Without a committed offset the fetch began where the group begins.
 * @param late what a late start means: `seek` on the first batch of an assignment, `process` later, when markers and expired records move a fetch on
 */
export function resumption(expected: Offset | null, fetchedFrom: Offset, late: 'seek' | 'process'): Resumption {
  if (expected === null || fetchedFrom === expected) return 'process';
  if (fetchedFrom > expected && late === 'process') return 'process';
  return { seekTo: expected };
}

/** What became of a transaction whose commit was not answered, from the committed offset that was read afterwards. */
export type TransactionFate = 'committed' | 'aborted' | 'overtaken';

/**
 * Decides what became of a transaction that would have moved the committed offset from `from` to `to`.
 * `overtaken`: somebody else moved it; the partition must be read again from the committed offset.
 */
export function transactionFate(
  committed: Offset | null,
  { from, to }: { readonly from: Offset | null; readonly to: Offset },
): TransactionFate {
  if (committed === to) return 'committed';
  // Nothing committed where something was: the group's offset expired or was deleted; writing it again loses nothing.
  return committed === null || committed === from ? 'aborted' : 'overtaken';
}
