import { EpeeError } from '@epee/errors';
import { type Backoff, backoffMs, INFRASTRUCTURE_BACKOFF } from '@epee/stream';
import type { Surroundings } from './clock.ts';
import { Abandoned, HEARTBEAT_EVERY_MS, keepAlive, type Waiting } from './keep-alive.ts';

/** How work is tried again. `E` is what errors that may pass are. */
export interface RetryOptions<E = EpeeError> {
  readonly surroundings: Pick<Surroundings, 'monotonicMs' | 'random' | 'sleep'>;
  /** Whether an error may pass. @default an EpeeError that is retriable */
  isPassing?(error: unknown): error is E;
  /** Pauses between attempts. @default {@link INFRASTRUCTURE_BACKOFF} */
  readonly backoff?: Backoff;
  /** Attempts after which the last error is thrown. @default no limit */
  readonly attempts?: number;
  /** Milliseconds from the first attempt on after which an attempt that fails is the last. @default no limit */
  readonly giveUpAfterMs?: number;
  /** Heartbeats to send while an attempt runs and in pauses. @default none */
  readonly waiting?: Waiting;
  /** Aborted when further attempts are not wanted: it cuts a pause short. @default that of `waiting` */
  readonly abandon?: AbortSignal;
  /** Whether the work is still wanted, asked before each attempt and in pauses; an attempt that runs is waited for. @default as long as `abandon` is not aborted */
  active?(): boolean;
  /** Called after each failed attempt, before the pause. @param attempt failed attempts, from 1 */
  onTrouble?(error: E, attempt: number, retryInMs: number): void;
  /** Called when an attempt succeeds after others failed. */
  onRecovery?(): void;
}

/**
 * Does work, again and again while it fails for a reason that may pass.
 * @throws the error of the last attempt, or one that will not pass; what `heartbeat` throws; Abandoned where the work is no longer wanted
 */
export async function retry<T, E = EpeeError>(work: () => Promise<T>, options: RetryOptions<E>): Promise<T> {
  const { surroundings, waiting, backoff = INFRASTRUCTURE_BACKOFF, attempts, giveUpAfterMs = Number.POSITIVE_INFINITY } = options;
  const isPassing = options.isPassing ?? (isRetriable as unknown as NonNullable<typeof options.isPassing>);
  const endMs = surroundings.monotonicMs() + giveUpAfterMs;
  for (let attempt = 1; ; attempt++) {
    leaveUnlessWanted(options);
    try {
      const value = await (waiting === undefined ? work() : keepAlive(work(), waiting));
      if (attempt > 1) options.onRecovery?.();
      return value;
    } catch (error) {
      if (!isPassing(error) || attempt === attempts || surroundings.monotonicMs() > endMs) throw error;
      const retryInMs = backoffMs(attempt, backoff, surroundings.random);
      options.onTrouble?.(error, attempt, retryInMs);
      await pause(retryInMs, options);
    }
  }
}

const isRetriable = (error: unknown): error is EpeeError => error instanceof EpeeError && error.retriable;

/** Never longer than a heartbeat's time without one. */
async function pause<E>(ms: number, options: RetryOptions<E>): Promise<void> {
  const { surroundings, waiting, abandon = waiting?.abandon } = options;
  const sliceMs = waiting === undefined ? ms : (waiting.everyMs ?? HEARTBEAT_EVERY_MS);
  for (let left = ms; left > 0; left -= sliceMs) {
    await surroundings.sleep(Math.min(left, sliceMs), abandon);
    leaveUnlessWanted(options);
    await waiting?.heartbeat();
  }
}

function leaveUnlessWanted<E>({ waiting, abandon = waiting?.abandon, active }: RetryOptions<E>): void {
  if (abandon?.aborted || active?.() === false) throw new Abandoned();
}
