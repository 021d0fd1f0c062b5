import type { TaskSpec } from '@epee/model';
import { gapBetween } from '../read/events.ts';
import type { Span } from '../read/tags.ts';
import type { Word } from './windows.ts';

/** Two entities of a sentence between which a relation may hold. */
export interface CandidatePair {
  readonly head: Span;
  readonly tail: Span;
}

/** The pairs of a sentence that are asked about, and how many were not. */
export interface CandidatePairs {
  readonly pairs: readonly CandidatePair[];
  /** Pairs beyond the limit, farther apart than all of `pairs`. */
  readonly leftOut: number;
}

/**
 * Most pairs of one sentence that become rows. PHEE's sentences have 24 at most, 98 % of them 6 or fewer; an enumeration of twenty drugs with their doses
 * has 400, of which the nearest are the true ones.
 */
export const MAX_PAIRS = 32;

/**
 * The pairs of a sentence's entities that the relation task wants, by the labels of its `candidates`; nearest first, then by the head's and the tail's order.
 */
export function candidatePairs(
  entities: readonly Span[],
  words: readonly Word[],
  candidates: NonNullable<TaskSpec['relation']>['candidates'],
  limit = MAX_PAIRS,
): CandidatePairs {
  const nearest: (CandidatePair & { gap: number })[] = [];
  let found = 0;
  for (const head of entities) {
    const tails = new Set(candidates.filter((candidate) => candidate.head === head.label).flatMap((candidate) => candidate.tails));
    if (tails.size === 0) continue;
    for (const tail of entities) {
      if (tail === head || !tails.has(tail.label)) continue;
      found += 1;
      keepNearest(nearest, { head, tail, gap: gapBetween(head, tail, words) }, limit);
    }
  }
  return { pairs: nearest, leftOut: found - nearest.length };
}

/** Keeps a list sorted and short, so that no text can make it quadratic in memory. */
function keepNearest<T extends { gap: number }>(nearest: T[], item: T, limit: number): void {
  let at = nearest.length;
  while (at > 0 && nearest[at - 1]!.gap > item.gap) at -= 1;
  if (at >= limit) return;
  nearest.splice(at, 0, item);
  if (nearest.length > limit) nearest.pop();
}
