import type { Offset } from './types.ts';

/** Tells how long the oldest record that a reader has not read yet has been there, from looks at a partition's end. */
export interface LagAge {
  /** The partition ended at `high` at a time; times never go back. */
  observe(high: Offset, atMs: number): void;
  /** Milliseconds that the record at `position` has been there for certain; 0 where there is none. */
  ageMs(position: Offset, nowMs: number): number;
}

/** Ends of a partition that are remembered; with more, every second one is dropped, and ages become coarser. */
export const LAG_AGE_MAX_LOOKS = 128;

interface Look {
  readonly high: Offset;
  readonly atMs: number;
}

/** A partition of which nothing was seen yet. What was there before the first look counts from that look on. */
export function createLagAge(): LagAge {
  let looks: readonly Look[] = [];
  return {
    observe(high, atMs) {
      const last = looks.at(-1);
      if (last !== undefined && high === last.high) return;
      // A partition that ends earlier than it did is another one.
      const before = last !== undefined && high < last.high ? [] : looks;
      looks = [...(before.length < LAG_AGE_MAX_LOOKS ? before : before.filter((_, at) => at % 2 === 0)), { high, atMs }];
    },
    ageMs(position, nowMs) {
      const first = looks.findIndex(({ high }) => high > position);
      if (first === -1) return 0;
      // What is read is never asked for again, except by a reader that goes back.
      looks = looks.slice(first);
      return Math.max(0, nowMs - looks[0]!.atMs);
    },
  };
}
