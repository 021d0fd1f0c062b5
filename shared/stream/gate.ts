/** Lets a bounded number of works run at a time, in the order in which they came. */
export interface Gate {
  /** Runs `work` when a place is free. Rejects as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Works that run now. */
  running(): number;
}

/** @param limit works at a time, at least 1 */
export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;

  // A place is handed over, not freed and taken again: a newcomer could slip in between.
  const enter = () => (running < limit ? void running++ : new Promise<void>((resolve) => waiting.push(resolve)));
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  };

  return {
    running: () => running,
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
