/** Lets a bounded number of works run at a time, in the order in which they came; patient ones after all others, and in no more than a share of the places. */
export interface Gate {
  /** Runs `work` when a place is free. Rejects as `work` does. */
  run<T>(work: () => Promise<T>, patient?: boolean): Promise<T>;
  /** Takes all places, when those before have left theirs: nothing else runs until the function that it answers is called. */
  enterAlone(): Promise<() => void>;
  /** Places that are taken now. */
  running(): number;
}

interface Entry {
  readonly places: number;
  readonly patient: boolean;
}

/**
 * @param limit works at a time, at least 1
 * @param patientLimit patient works at a time, at least 1
 */
export function createGate(limit: number, patientLimit: number = limit): Gate {
  const waiting: (Entry & { enter(): void })[] = [];
  let running = 0;
  let patientRunning = 0;

  const hasRoom = ({ places, patient }: Entry) => running + places <= limit && !(patient && patientRunning >= patientLimit);
  const take = ({ places, patient }: Entry) => {
    running += places;
    if (patient) patientRunning += 1;
  };

  const enter = (entry: Entry) => {
    // Whoever waits is before a newcomer, or one that needs all places would wait for ever.
    if (!waiting.some((other) => entry.patient || !other.patient) && hasRoom(entry)) return take(entry);
    return new Promise<void>((resolve) => waiting.push({ ...entry, enter: resolve }));
  };

  // A place is handed over, not freed and taken again: a newcomer could slip in between.
  const leave = ({ places, patient }: Entry) => {
    running -= places;
    if (patient) patientRunning -= 1;
    for (;;) {
      const next = waiting.find((other) => !other.patient) ?? waiting[0];
      if (next === undefined || !hasRoom(next)) return;
      waiting.splice(waiting.indexOf(next), 1);
      take(next);
      next.enter();
    }
  };

  return {
    running: () => running,
    async run(work, patient = false) {
      const entry = { places: 1, patient };
      await enter(entry);
      try {
        return await work();
      } finally {
        leave(entry);
      }
    },
    async enterAlone() {
      const entry = { places: limit, patient: false };
      await enter(entry);
      return () => leave(entry);
    },
  };
}
