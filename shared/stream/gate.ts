/** Lets a bounded number of works run at a time, in the order in which they came; patient ones after all others, and in no more than a share of the places. */
export interface Gate {
  /** Runs `work` when a place is free. Rejects as `work` does. */
  run<T>(work: () => Promise<T>, patient?: boolean): Promise<T>;
  /** Works that run now. */
  running(): number;
}

interface Waiting {
  readonly patient: boolean;
  enter(): void;
}

/**
 * @param limit works at a time, at least 1
 * @param patientLimit patient works at a time, at least 1
 */
export function createGate(limit: number, patientLimit: number = limit): Gate {
  const waiting: Waiting[] = [];
  let running = 0;
  let patientRunning = 0;

  const hasRoom = (patient: boolean) => running < limit && !(patient && patientRunning >= patientLimit);
  const take = (patient: boolean) => {
    running += 1;
    if (patient) patientRunning += 1;
  };

  const enter = (patient: boolean) => {
    if (!waiting.some((other) => patient || !other.patient) && hasRoom(patient)) return take(patient);
    return new Promise<void>((resolve) => waiting.push({ patient, enter: resolve }));
  };

  // A place is handed over, not freed and taken again: a newcomer could slip in between.
  const leave = (patient: boolean) => {
    running -= 1;
    if (patient) patientRunning -= 1;
    const next = waiting.find((other) => !other.patient) ?? waiting[0];
    if (next === undefined || !hasRoom(next.patient)) return;
    waiting.splice(waiting.indexOf(next), 1);
    take(next.patient);
    next.enter();
  };

  return {
    running: () => running,
    async run(work, patient = false) {
      await enter(patient);
      try {
        return await work();
      } finally {
        leave(patient);
      }
    },
  };
}
