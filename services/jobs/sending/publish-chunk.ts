import type { PartitionTransactions } from '@epee/kafka';
import { backoffMs, INFRASTRUCTURE_BACKOFF, type Offset, type PartitionSend, refuseTooLarge } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { commitUntilKnown, type Surroundings } from '@epee/work';
import { isPublished } from './chunk-fate.ts';

/** Attempts at one transaction before the queue takes over with its longer pauses. */
const ATTEMPTS = 5;
/** What a transaction fails with. Other errors are of the claim: nothing was begun. */
const OF_TRANSACTIONS: readonly string[] = ['KAFKA_FENCED', 'KAFKA_OUTCOME_UNKNOWN'];
const TOO_LARGE = {
  message: 'The topic of batch notes refuses a record of this size',
  hint: 'Raise max.message.bytes of EPEE_BATCH_NOTES_TOPIC to that of the notes topic, then resume the import.',
};

/** What publishing a chunk needs. */
export interface PublishDeps {
  readonly transactions: PartitionTransactions;
  /** Says once more what is about to be sent; false where another process has claimed the chunk. */
  intend(): Promise<boolean>;
  readonly log: Logger;
  readonly surroundings: Pick<Surroundings, 'sleep' | 'random'>;
}

/**
 * Publishes a chunk's notes and the number of the next chunk in one transaction. The number is the
 * committed offset of the import's own consumer group: whoever runs the chunk again finds it there.
 * After an error nobody knows whether it was committed: the offset is read again and decides.
 * @param next number of the chunk after this one
 * @returns false where another process has claimed the chunk
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_OUTCOME_UNKNOWN, KAFKA_FENCED: to be tried again;
 * CONFIG_INVALID where the topic takes too little; those of `intend`
 */
export function publishChunk(sends: readonly PartitionSend[], next: Offset, deps: PublishDeps): Promise<boolean> {
  const { transactions, intend, log, surroundings } = deps;
  return commitUntilKnown<boolean>(
    async () => {
      if (!(await intend())) return false;
      await transactions.commit(sends, next);
      return true;
    },
    async (error, attempt) => {
      if (!OF_TRANSACTIONS.includes(error.code)) throw error;
      refuseTooLarge(error, TOO_LARGE);
      log.warn('The outcome of a transaction is unknown; looking at the committed offset', { attempts: attempt }, error);
      if (isPublished(await transactions.open(), next)) return true;
      if (attempt === ATTEMPTS) throw error;
      await surroundings.sleep(backoffMs(attempt, INFRASTRUCTURE_BACKOFF, surroundings.random));
      return undefined;
    },
  );
}
