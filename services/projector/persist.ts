import { EpeeError } from '@epee/errors';
import { type Backoff, backoffMs, INFRASTRUCTURE_BACKOFF } from '@epee/stream';

/** Thrown where work was given up because the projector stops or lost the partition. It is done again by whoever owns the partition next. */
export class Abandoned extends Error {
  constructor() {
    super('abandoned');
    this.name = 'Abandoned';
  }
}

/** What {@link persist} needs. */
export interface Persistence {
  /** Tells the group that this member lives; what it throws ends the wait. */
  heartbeat(): Promise<void>;
  /** Whether the work is still wanted. */
  active(): boolean;
  sleep(ms: number): Promise<void>;
  random(): number;
  /** Called after each failed attempt, before the wait. */
  onTrouble(error: EpeeError, attempt: number, retryInMs: number): void;
  /** Called when an attempt succeeds after others failed. */
  onRecovery(): void;
  /** @default {@link INFRASTRUCTURE_BACKOFF} */
  readonly backoff?: Backoff;
  /** Longest time without a heartbeat, milliseconds. @default 500 */
  readonly heartbeatEveryMs?: number;
}

const HEARTBEAT_EVERY_MS = 500;

/**
 * Does work, again and again while it fails for a reason that may pass (Redis or the broker is down), with the group's heartbeat kept up in between.
 * @throws Abandoned; what `heartbeat` throws; errors of the work that will not pass
 */
export async function persist<T>(work: () => Promise<T>, persistence: Persistence): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (!persistence.active()) throw new Abandoned();
    try {
      const value = await keepAlive(work(), persistence);
      if (attempt > 1) persistence.onRecovery();
      return value;
    } catch (error) {
      if (!(error instanceof EpeeError) || !error.retriable) throw error;
      const retryInMs = backoffMs(attempt, persistence.backoff ?? INFRASTRUCTURE_BACKOFF, persistence.random);
      persistence.onTrouble(error, attempt, retryInMs);
      await waitAlive(retryInMs, persistence);
    }
  }
}

/** Waits for work with heartbeats meanwhile. */
async function keepAlive<T>(work: Promise<T>, { heartbeat, heartbeatEveryMs = HEARTBEAT_EVERY_MS }: Persistence): Promise<T> {
  // Whoever leaves after a failed heartbeat must not leave a rejection that nobody hears.
  work.catch(() => undefined);
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), heartbeatEveryMs);
    });
    const winner = await Promise.race([work.then((value) => ({ value })), pause]).finally(() => clearTimeout(timer));
    if (winner !== undefined) return winner.value;
    await heartbeat();
  }
}

async function waitAlive(waitMs: number, { heartbeat, active, sleep }: Persistence): Promise<void> {
  for (let left = waitMs; left > 0; left -= HEARTBEAT_EVERY_MS) {
    await sleep(Math.min(left, HEARTBEAT_EVERY_MS));
    if (!active()) throw new Abandoned();
    await heartbeat();
  }
}
