import type { Offset } from '@epee/stream';

/** How far a partition is projected, and how far the group is. */
export interface Progress {
  /** Last offset that Redis stores; null where it stores none. */
  readonly stored: Offset | null;
  /** Offset from which the group would read. */
  readonly next: Offset;
}

/**
 * Whether records before `next` are missing in Redis: it has to be filled again from min(stored
 * offset + 1, group offset).
 */
export function isBehind({ stored, next }: Progress): boolean {
  return next > (stored === null ? 0n : stored + 1n);
}

/**
 * Where to read from, given the first offset that the broker still has: after the stored offset, or
 * at the partition's beginning. Null where the group's own offset is right: Redis has everything
 * before it, or what it lacks is no longer on the topic.
 */
export function rewindTo({ stored, next }: Progress, low: Offset): Offset | null {
  const wanted = stored === null ? 0n : stored + 1n;
  const from = wanted > low ? wanted : low;
  return from < next ? from : null;
}

/** Whether the stored offset is of another topic of that name: the partition ends before it. */
export function isForeign(stored: Offset | null, highWatermark: Offset): boolean {
  return stored !== null && stored >= highWatermark;
}
