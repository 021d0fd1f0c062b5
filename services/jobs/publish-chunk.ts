import { EpeeError } from '@epee/errors';
import type { PartitionTransactions } from '@epee/kafka';
import { backoffMs, INFRASTRUCTURE_BACKOFF, type Offset, type PartitionSend } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import type { Surroundings } from './types.ts';

/** Tries of one transaction before the queue takes over with its longer pauses. */
const ATTEMPTS = 5;
const TOO_LARGE = /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/;

/** What publishing a chunk needs. */
export interface PublishDeps {
  readonly transactions: PartitionTransactions;
  /** Says once more what is about to be sent; false where another process has claimed the chunk. */
  intend(): Promise<boolean>;
  readonly log: Logger;
  readonly surroundings: Pick<Surroundings, 'sleep' | 'random'>;
}

/**
 * Publishes a chunk's notes and the number of the next chunk in one transaction. The number is the committed offset of the import's own consumer group: whoever runs the
 * chunk again finds it there. After an error nobody knows whether it was committed: the offset is read again and decides.
 * @param next number of the chunk after this one
 * @returns false where another process has claimed the chunk
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_OUTCOME_UNKNOWN, KAFKA_FENCED: to be tried again; CONFIG_INVALID where the topic takes too little
 */
export async function publishChunk(sends: readonly PartitionSend[], next: Offset, deps: PublishDeps): Promise<boolean> {
  const { transactions, intend, log, surroundings } = deps;
  for (let attempt = 1; ; attempt++) {
    if (!(await intend())) return false;
    try {
      await transactions.commit(sends, next);
      return true;
    } catch (error) {
      if (!(error instanceof EpeeError)) throw error;
      refuseTooLarge(error);
      log.warn('The outcome of a transaction is unknown; looking at the committed offset', { attempts: attempt }, error);
      if (isPublished(await transactions.open(), next)) return true;
      if (attempt === ATTEMPTS) throw error;
      await surroundings.sleep(backoffMs(attempt, INFRASTRUCTURE_BACKOFF, surroundings.random));
    }
  }
}

/** Whether the chunk before `next` was published. */
export const isPublished = (committed: Offset | null, next: Offset): boolean => committed !== null && committed >= next;

function refuseTooLarge(error: EpeeError): void {
  const { reason } = error.details;
  if (typeof reason !== 'string' || !TOO_LARGE.test(reason)) return;
  throw new EpeeError('CONFIG_INVALID', 'The topic of batch notes refuses a record of this size', {
    stage: 'publish',
    details: { reason },
    hint: 'Raise max.message.bytes of EPEE_BATCH_NOTES_TOPIC to that of the notes topic, then resume the import.',
    cause: error,
  });
}
