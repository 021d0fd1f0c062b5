import { Abandoned } from './abandoned.ts';

/** What waiting needs. */
export interface Waiting {
  heartbeat(): Promise<void>;
  readonly everyMs: number;
  /** Aborted when waiting is no longer worth it. */
  readonly abandon: AbortSignal;
}

/**
 * Waits for work and calls `heartbeat` meanwhile. Rejects as the work does, as a heartbeat does (a rebalance), or with {@link Abandoned}; in the last two cases the work
 * goes on unheard.
 */
export async function keepAlive<T>(work: Promise<T>, { heartbeat, everyMs, abandon }: Waiting): Promise<T> {
  // Whoever stops waiting must not leave a rejection that nobody hears.
  work.catch(() => undefined);
  for (;;) {
    const pause = pauseOf(everyMs, abandon);
    try {
      const winner = await Promise.race([work.then((value) => ({ value })), pause.over]);
      if (winner !== undefined) return winner.value;
    } finally {
      pause.clear();
    }
    if (abandon.aborted) throw new Abandoned();
    await heartbeat();
  }
}

/**
 * Waits for work that is better finished than left: after a failed heartbeat it still waits for the end of the work, then rejects with the heartbeat's error.
 * @param onDone called when the work succeeds, also before such an error is thrown
 */
export async function finishAlive(work: Promise<void>, waiting: Waiting, onDone: () => void): Promise<void> {
  try {
    await keepAlive(work, waiting);
  } catch (error) {
    const [ended] = await Promise.allSettled([work]);
    if (ended.status === 'fulfilled') onDone();
    throw error;
  }
  onDone();
}

function pauseOf(ms: number, abandon: AbortSignal) {
  let end: () => void = () => {};
  const over = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined);
  });
  const timer = setTimeout(end, ms);
  abandon.addEventListener('abort', end, { once: true });
  if (abandon.aborted) end();
  return {
    over,
    clear: () => {
      clearTimeout(timer);
      abandon.removeEventListener('abort', end);
    },
  };
}
