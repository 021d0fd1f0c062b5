import { processSurroundings, type Surroundings } from './clock.ts';

/** How long work is waited for. */
export interface Deadline {
  readonly afterMs: number;
  /** Makes the error that ends the wait. @default an error `timeout` */
  late?(): Error;
  /** @default the process' */
  readonly sleep?: Surroundings['sleep'];
}

const LATE = Symbol('late');

/** Settles as the work does, or rejects after a time; the work itself runs on. */
export async function withDeadline<T>(work: Promise<T>, { afterMs, late, sleep = processSurroundings.sleep }: Deadline): Promise<T> {
  const settled = new AbortController();
  try {
    const first = await Promise.race([work, sleep(afterMs, settled.signal).then(() => LATE)]);
    if (first === LATE) throw late?.() ?? new Error('timeout');
    return first as T;
  } finally {
    settled.abort();
  }
}
