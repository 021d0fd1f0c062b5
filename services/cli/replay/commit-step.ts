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

/**
 * Writes what was found and moves the run's offset from `from` to `next`, together. After an error nobody knows whether that was done: the offset is read again and
 * decides. It is never done twice.
 * @throws EpeeError KAFKA_FENCED where another process has taken the run over; KAFKA_UNREACHABLE
 */
export async function commitStep(
  transactions: PartitionTransactions,
  { sends, from, next }: { sends: readonly PartitionSend[]; from: Offset; next: Offset },
  patience: Patience,
): Promise<void> {
  for (;;) {
    try {
      return await transactions.commit(sends, next);
    } catch (error) {
      if (!(error instanceof EpeeError) || error.code !== 'KAFKA_OUTCOME_UNKNOWN') throw takenOver(error);
      refuseTooLarge(error);
    }
    const fate = transactionFate(await insist(() => transactions.open(), patience), { from, to: next });
    if (fate === 'committed') return;
    if (fate === 'overtaken') throw takenOver(null);
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
