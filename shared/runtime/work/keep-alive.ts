/** Thrown where work was given up, since the process stops or lost the partition. Nothing of it is counted as done: whoever owns the partition next does it again. */
export class Abandoned extends Error {
  constructor() {
    super('abandoned');
    this.name = 'Abandoned';
  }
}

/** How often a group hears from a member that waits, unless told otherwise. */
export const HEARTBEAT_EVERY_MS = 500;

/** What waiting needs. */
export interface Waiting {
  /** Tells the group that this member lives. What it throws (a rebalance) ends the wait. */
  heartbeat(): Promise<void>;
  /** @default {@link HEARTBEAT_EVERY_MS} */
  readonly everyMs?: number;
  /** Aborted when waiting is no longer worth it. @default never */
  readonly abandon?: AbortSignal;
}

/**
 * Waits for work and calls `heartbeat` meanwhile. Rejects as the work does, as a heartbeat does, or with {@link Abandoned}. In the last two cases the work runs on, and
 * nobody hears how it ends.
 */
export async function keepAlive<T>(work: Promise<T>, { heartbeat, everyMs = HEARTBEAT_EVERY_MS, abandon }: Waiting): Promise<T> {
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
    if (abandon?.aborted) throw new Abandoned();
    await heartbeat();
  }
}

/**
 * Waits for work that is better finished than left: after a failed heartbeat it still waits for the end of the work, then rejects with the heartbeat's error.
 * @param onDone called when the work succeeds, also before such an error is thrown
 */
export async function finishAlive(work: Promise<void>, waiting: Omit<Waiting, 'abandon'>, onDone: () => void): Promise<void> {
  try {
    await keepAlive(work, { ...waiting, abandon: NEVER });
  } catch (error) {
    const [ended] = await Promise.allSettled([work]);
    if (ended.status === 'fulfilled') onDone();
    throw error;
  }
  onDone();
}

const NEVER = new AbortController().signal;

function pauseOf(ms: number, abandon = NEVER) {
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
