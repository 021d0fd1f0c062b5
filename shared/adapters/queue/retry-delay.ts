import { backoffMs } from '@epee/stream';

/** Pause before the next try of a chunk: half a second, growing to half a minute, with chance so that not all come back at once. */
export const retryDelayMs = (attempts: number, random: () => number): number =>
  Math.round(backoffMs(Math.max(1, attempts), { initialMs: 500, maxMs: 30_000, factor: 2 }, random));
