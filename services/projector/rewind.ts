import type { Offset } from '@epee/stream';

/** What is known of a partition when its projection may have to go back. */
export interface Standing {
  /** Last offset that Redis stores; null where it stores none. */
  readonly stored: Offset | null;
  /** Offset at which the group would go on. */
  readonly next: Offset;
}

/** Whether records before `next` are missing in Redis: it has to be filled again from min(stored offset + 1, group offset). */
export function isBehind({ stored, next }: Standing): boolean {
  return next > (stored === null ? 0n : stored + 1n);
}

/**
 * Where to read on, given the first offset that the broker still has: behind the stored offset, or at the partition's beginning. Null where the group's own offset is
 * right: Redis has everything before it, or what it lacks is no longer on the topic.
 */
export function rewindTo({ stored, next }: Standing, low: Offset): Offset | null {
  const wanted = stored === null ? 0n : stored + 1n;
  const from = wanted > low ? wanted : low;
  return from < next ? from : null;
}

/** Whether the stored offset is of another topic with the same name: the partition ends before it. */
export function isForeign(stored: Offset | null, highWatermark: Offset): boolean {
  return stored !== null && stored >= highWatermark;
}
