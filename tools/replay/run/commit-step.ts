import { EpeeError } from '@epee/errors';
import type { PartitionTransactions } from '@epee/kafka';
import { backoffMs, INFRASTRUCTURE_BACKOFF, type Offset, type PartitionSend, transactionFate } from '@epee/stream';

/** Clocks and chance, and how long Kafka may be out of reach. */
export interface Patience {
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly giveUpAfterMs: number;
}

/** Tries something again while infrastructure is at fault, until it works or patience ends. */
export async function insist<T>(work: () => Promise<T>, { monotonicMs, random, sleep, giveUpAfterMs }: Patience): Promise<T> {
  const endMs = monotonicMs() + giveUpAfterMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EpeeError && error.retriable) || monotonicMs() > endMs) throw error;
      await sleep(backoffMs(attempt, INFRASTRUCTURE_BACKOFF, random));
    }
  }
}

/** What a step is committed with. */
export interface StepDeps {
  readonly transactions: PartitionTransactions;
  /** Reads the run's committed offset of the partition, without shutting anybody out. */
  readonly committed: () => Promise<Offset | null>;
  readonly patience: Patience;
}

/**
 * Writes what was found and moves the run's offset from `from` to `next`, together. After an error nobody knows whether that was done: the offset is read again and
 * decides. It is never done twice. An offset that is gone means that the run was finished elsewhere.
 * @throws EpeeError KAFKA_FENCED where another process has taken the run over; KAFKA_UNREACHABLE
 */
export async function commitStep(
  { transactions, committed, patience }: StepDeps,
  { sends, from, next }: { sends: readonly PartitionSend[]; from: Offset; next: Offset },
): Promise<void> {
  for (;;) {
    try {
      return await transactions.commit(sends, next);
    } catch (error) {
      if (!(error instanceof EpeeError) || error.code !== 'KAFKA_OUTCOME_UNKNOWN') throw takenOver(error);
      refuseTooLarge(error);
    }
    // Looked at before `open`, which would shut out a process that has rightly gone on with the run.
    for (const read of [committed, () => transactions.open()]) {
      const offset = await insist(read, patience);
      if (offset === null || transactionFate(offset, { from, to: next }) === 'overtaken') throw takenOver(null);
      if (offset === next) return;
    }
  }
}

function takenOver(error: unknown): unknown {
  if (error !== null && !(error instanceof EpeeError && error.code === 'KAFKA_FENCED')) return error;
  return new EpeeError('KAFKA_FENCED', 'Another process has taken over this run; this one stops', { stage: 'publish', cause: error });
}

function refuseTooLarge(error: EpeeError): void {
  const { reason } = error.details;
  if (typeof reason !== 'string' || !/MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/.test(reason)) return;
  throw new EpeeError('CONFIG_INVALID', 'The topic of replays refuses a record of this size', {
    stage: 'publish',
    details: { reason },
    hint: 'Raise its max.message.bytes to that of the results topic.',
    cause: error,
  });
}
