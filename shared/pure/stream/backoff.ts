/** How waits between attempts grow. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Growth per attempt, at least 1. */
  readonly factor: number;
}

/** For broken infrastructure: 0.1 s, doubling, at most 5 s. */
export const INFRASTRUCTURE_BACKOFF: Backoff = Object.freeze({ initialMs: 100, maxMs: 5000, factor: 2 });

/**
 * Milliseconds to wait before the next attempt: between half and the whole of an exponentially growing time, so that clients that failed together do not
 * come back together.
 * @param attempt attempts that failed, from 1
 * @param random uniform in [0, 1)
 */
export function backoffMs(attempt: number, { initialMs, maxMs, factor }: Backoff, random: () => number): number {
  const ceiling = Math.min(maxMs, initialMs * factor ** Math.max(0, attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}
