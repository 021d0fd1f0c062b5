import type { BatchJob } from '@epee/redis';

/** What is known of how fast the notes of imports are finished. */
export interface Ahead {
  /** Whether so many notes of an import wait for the worker that its next chunk must wait, too. */
  isFar(job: Progressing): boolean;
  forget(id: string): void;
}

/** The counts of an import. */
export type Progressing = Pick<BatchJob, 'id' | 'sent' | 'extracted' | 'deadLetters'>;

/** Work that waits for the worker, seconds: pausing and cancelling do not reach it, and the worker must not run dry. */
const WAITING_SECONDS = 4;
/** Notes that may wait however slow the worker is. */
const LEAST_NOTES = 100;
/** Time over which the pace is taken: results become visible in bursts. */
const PACE_MS = 10_000;
const LEAST_PACE_MS = 1000;

interface Sample {
  readonly atMs: number;
  readonly finished: number;
}

/** Notes that may wait, at a pace of so many notes per second. */
export const allowedAhead = (notesPerSecond: number, maxNotes: number): number =>
  Math.min(maxNotes, Math.max(LEAST_NOTES, Math.ceil(WAITING_SECONDS * notesPerSecond)));

/**
 * Keeps only as many notes of each import ahead of the worker as are finished in a few seconds, so that pausing and cancelling
 * take effect within that time.
 * @param maxNotes most notes of an import that may wait
 * @param monotonicMs a clock
 */
export function createAhead(maxNotes: number, monotonicMs: () => number): Ahead {
  const samples = new Map<string, readonly Sample[]>();
  return {
    isFar({ id, sent, extracted, deadLetters }) {
      const now = { atMs: monotonicMs(), finished: extracted + deadLetters };
      const known = samples.get(id) ?? [now];
      // The latest one before the stretch is kept, as its beginning.
      const begin = Math.max(
        0,
        known.findLastIndex(({ atMs }) => atMs <= now.atMs - PACE_MS),
      );
      const kept = [...known.slice(begin), now];
      samples.set(id, kept);
      const { atMs, finished } = kept[0]!;
      const notesPerSecond = (1000 * (now.finished - finished)) / Math.max(LEAST_PACE_MS, now.atMs - atMs);
      return sent - now.finished >= allowedAhead(notesPerSecond, maxNotes);
    },
    forget: (id) => void samples.delete(id),
  };
}
