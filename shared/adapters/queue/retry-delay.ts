import { backoffMs } from '@epee/stream';

/** Pause before the next attempt at a chunk: half a second, growing to half a minute. */
export const retryDelayMs = (attempts: number, random: () => number): number =>
  Math.round(backoffMs(Math.max(1, attempts), { initialMs: 500, maxMs: 30_000, factor: 2 }, random));
