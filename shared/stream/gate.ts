/** Lets a bounded number of works run at a time, in the order in which they came. */
export interface Gate {
  /** Runs `work` when a place is free. Rejects as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Takes all places, when those before have left theirs: nothing else runs until the function that it answers is called. */
  enterAlone(): Promise<() => void>;
  /** Places that are taken now. */
  running(): number;
}

interface Waiting {
  readonly places: number;
  enter(): void;
}

/** @param limit works at a time, at least 1 */
export function createGate(limit: number): Gate {
  const waiting: Waiting[] = [];
  let running = 0;

  const enter = (places: number): Promise<void> | undefined => {
    // Whoever waits is before a newcomer, or one that needs all places would wait for ever.
    if (waiting.length > 0 || running + places > limit) return new Promise((resolve) => waiting.push({ places, enter: resolve }));
    running += places;
    return undefined;
  };
  // A place is handed over, not freed and taken again: a newcomer could slip in between.
  const leave = (places: number) => {
    running -= places;
    for (let next = waiting[0]; next !== undefined && running + next.places <= limit; next = waiting[0]) {
      waiting.shift();
      running += next.places;
      next.enter();
    }
  };

  return {
    running: () => running,
    async run(work) {
      await enter(1);
      try {
        return await work();
      } finally {
        leave(1);
      }
    },
    async enterAlone() {
      await enter(limit);
      return () => leave(limit);
    },
  };
}
