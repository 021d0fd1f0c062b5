import { EpeeError } from '@epee/errors';
import type { PartitionTransactions } from '@epee/kafka';
import { type Offset, type PartitionSend, refuseTooLarge } from '@epee/stream';
import { commitAndLook, retry, type Surroundings } from '@epee/work';

/** Clocks and chance, and how long Kafka may be out of reach. */
export interface Patience extends Pick<Surroundings, 'monotonicMs' | 'random' | 'sleep'> {
  readonly giveUpAfterMs: number;
}

/** Tries something again while infrastructure is at fault, until it works or patience ends. */
export const insist = <T>(work: () => Promise<T>, { giveUpAfterMs, ...surroundings }: Patience): Promise<T> =>
  retry(work, { surroundings, giveUpAfterMs });

/** What a step is committed with. */
export interface StepDeps {
  readonly transactions: PartitionTransactions;
  /** Reads the run's committed offset of the partition, without shutting anybody out. */
  readonly committed: () => Promise<Offset | null>;
  readonly patience: Patience;
}

const TOO_LARGE = {
  message: 'The topic of replays refuses a record of this size',
  hint: 'Raise its max.message.bytes to that of the results topic.',
};

/**
 * Writes what was found and moves the run's offset from `from` to `next`, together. After an error
 * nobody knows whether that was done: the offset is read again and decides. It is never done twice.
 * An offset that is gone means that the run was finished elsewhere.
 * @throws EpeeError KAFKA_FENCED where another process has taken the run over; KAFKA_UNREACHABLE;
 * CONFIG_INVALID where the topic of replays takes too little
 */
export async function commitStep(
  { transactions, committed, patience }: StepDeps,
  { sends, from, next, metadata = '' }: { sends: readonly PartitionSend[]; from: Offset; next: Offset; metadata?: string },
): Promise<void> {
  const kept = async (read: () => Promise<Offset | null>): Promise<Offset> => {
    const offset = await insist(read, patience);
    if (offset === null) throw takenOver();
    return offset;
  };
  const fate = await commitAndLook({
    from,
    to: next,
    commit: () => transactions.commit(sends, next, metadata),
    onUnknown(error) {
      if (error.code === 'KAFKA_FENCED') throw takenOver(error);
      if (error.code !== 'KAFKA_OUTCOME_UNKNOWN') throw error;
      refuseTooLarge(error, TOO_LARGE);
    },
    async look() {
      // Before `open`, which would shut out a process that has rightly resumed the run.
      const offset = await kept(committed);
      return offset === from ? kept(() => transactions.open()) : offset;
    },
  });
  if (fate !== 'committed') throw takenOver();
}

const takenOver = (cause?: EpeeError): EpeeError =>
  new EpeeError('KAFKA_FENCED', 'Another process has taken over this run; this one stops', { stage: 'publish', cause });
