import { EpeeError, isRefusal } from '@epee/errors';
import type { Offset, PartitionSend, TopicPartition } from '@epee/stream';
import { withDeadline } from '@epee/work';
import kafkajs from 'kafkajs';
import { createClient } from '../client/client.ts';
import { clusterError, isFenced, ownCause, reasonOf } from '../client/errors.ts';
import { refusalOf } from '../client/refusals.ts';
import type { ExclusiveWriter, KafkaOptions } from '../types.ts';
import { sendAll } from './sending.ts';

/**
 * The broker answers CONCURRENT_TRANSACTIONS for some milliseconds after every commit; with the library's default of 300 ms a partition would do 3
 * transactions a second. Together the tries last about 20 s.
 */
const RETRY: kafkajs.RetryOptions = { initialRetryTime: 5, multiplier: 1.5, maxRetryTime: 1000, retries: 30 };
/** The broker aborts a transaction that is older. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Longest time that a transaction may take, whatever the library does. */
const WRITE_DEADLINE_MS = 45_000;
/** Longest time for a new producer. */
const OPEN_DEADLINE_MS = 45_000;

/** An offset to be committed in a transaction, with the text that is kept beside it. */
export interface OffsetCommit extends TopicPartition {
  readonly group: string;
  readonly next: Offset;
  readonly metadata: string;
}

/** An {@link ExclusiveWriter} that can commit an offset with what it writes. */
export interface TransactionalWriter extends ExclusiveWriter {
  write(sends: readonly PartitionSend[], commit?: OffsetCommit): Promise<void>;
}

/**
 * A writer that shuts out every other with its transactional id, see {@link ExclusiveWriter}.
 * @param what a transaction's name in messages, with fields that tell more
 */
export function createExclusiveWriter(
  options: KafkaOptions,
  transactionalId: string,
  what: { readonly name: string; readonly details?: Record<string, string | number> } = { name: `The transaction ${transactionalId}` },
): TransactionalWriter {
  let producer: kafkajs.Producer | null = null;

  let openings = 0;

  const close = async () => {
    openings++;
    const old = producer;
    producer = null;
    await old?.disconnect().catch(() => undefined);
  };

  const failure = (error: unknown, commit?: OffsetCommit): EpeeError => {
    const refusal = isRefusal(error) ? error : refusalOf(options, error, { operation: 'Write', transactionalId, ...groupOf(commit) });
    if (refusal !== null) return refusal;
    const fenced = isFenced(error);
    const became = fenced ? 'was refused: another producer took over' : `has an unknown outcome (${reasonOf(error)})`;
    return new EpeeError(fenced ? 'KAFKA_FENCED' : 'KAFKA_OUTCOME_UNKNOWN', `${what.name} ${became}`, {
      stage: 'publish',
      details: { ...what.details, transactionalId, ...tooLargeOf(error), reason: reasonOf(error) },
      cause: error,
    });
  };

  async function writeWith(using: kafkajs.Producer, sends: readonly PartitionSend[], commit: OffsetCommit | undefined): Promise<void> {
    const transaction = await using.transaction();
    await sendAll(transaction, sends, options);
    if (commit !== undefined) {
      const { group, topic, partition, next, metadata } = commit;
      const topics = [{ topic, partitions: [{ partition, offset: next.toString(), metadata }] }];
      await transaction.sendOffsets({ consumerGroupId: group, topics });
    }
    await transaction.commit();
  }

  return {
    async open() {
      await close();
      const own = openings;
      const fresh = createProducer(options, transactionalId);
      try {
        await withDeadline(initialise(fresh), { afterMs: OPEN_DEADLINE_MS });
      } catch (error) {
        void fresh.disconnect().catch(() => undefined);
        throw clusterError(options, error, { operation: 'Write', transactionalId });
      }
      if (own === openings) producer = fresh;
      // Closed or opened anew meanwhile: nobody would close this one.
      else void fresh.disconnect().catch(() => undefined);
    },
    async write(sends, commit) {
      const using = producer;
      if (using === null) throw failure(new Error('not open'));
      try {
        await withDeadline(writeWith(using, sends, commit), { afterMs: WRITE_DEADLINE_MS });
      } catch (error) {
        // A failed transaction wedges the library's producer; the next `open` ends the transaction on the broker.
        if (producer === using) producer = null;
        void using.disconnect().catch(() => undefined);
        throw failure(error, commit);
      }
    },
    close,
  };
}

/** Topic and size of a record that its topic refused, for whoever can do without it. */
function tooLargeOf(error: unknown): { refusedTopic?: string; refusedBytes?: number } {
  const own = ownCause(error);
  if (own?.code !== 'RECORD_TOO_LARGE') return {};
  return { refusedTopic: String(own.details.topic), refusedBytes: Number(own.details.bytes) };
}

/** A transaction reads in its group and topic before it writes the offset. */
const groupOf = (commit: OffsetCommit | undefined) => (commit === undefined ? {} : { group: commit.group, topic: commit.topic });

function createProducer(options: KafkaOptions, transactionalId: string): kafkajs.Producer {
  return createClient(options, RETRY).producer({
    transactionalId,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    retry: RETRY,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
}

/** Connects and gets the producer id. An empty transaction is the library's only way to ask for it; aborting it sends nothing. */
async function initialise(producer: kafkajs.Producer): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
}
