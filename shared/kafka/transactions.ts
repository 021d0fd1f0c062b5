import { EpeeError } from '@epee/errors';
import type { PartitionSend } from '@epee/stream';
import kafkajs from 'kafkajs';
import { readCommitted } from './admin.ts';
import { createClient } from './client.ts';
import { isFenced, reasonOf, unreachable } from './errors.ts';
import { sendAll } from './sending.ts';
import { withDeadline } from './timing.ts';
import type { KafkaOptions, PartitionTransactions, TransactionsOptions } from './types.ts';

/**
 * The broker answers CONCURRENT_TRANSACTIONS for some milliseconds after every commit; with the library's default of 300 ms a partition would do 3
 * transactions a second. Together the tries last about 20 s.
 */
const RETRY: kafkajs.RetryOptions = { initialRetryTime: 5, multiplier: 1.5, maxRetryTime: 1000, retries: 30 };
/** The broker aborts a transaction that is older. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Longest time that a transaction may take, whatever the library does. */
export const COMMIT_DEADLINE_MS = 45_000;
/** Longest time for a new transactional producer. */
export const OPEN_DEADLINE_MS = 45_000;

/** Transactions for one input partition, see {@link PartitionTransactions}. */
export function createTransactions(options: KafkaOptions, { group, topic, partition }: TransactionsOptions): PartitionTransactions {
  const transactionalId = `${group}-${topic}-${partition}`;
  let producer: kafkajs.Producer | null = null;
  let beside = '';

  const discard = async () => {
    const old = producer;
    producer = null;
    await old?.disconnect().catch(() => undefined);
  };

  async function write(using: kafkajs.Producer, sends: readonly PartitionSend[], next: bigint, metadata: string): Promise<void> {
    const transaction = await using.transaction();
    await sendAll(transaction, sends, options.compression ?? 'none');
    const offsets = [{ topic, partitions: [{ partition, offset: next.toString(), metadata }] }];
    await transaction.sendOffsets({ consumerGroupId: group, topics: offsets });
    await transaction.commit();
  }

  const failure = (error: unknown): EpeeError => {
    const fenced = isFenced(error);
    const what = fenced ? 'was refused: another producer took over' : `has an unknown outcome (${reasonOf(error)})`;
    return new EpeeError(fenced ? 'KAFKA_FENCED' : 'KAFKA_OUTCOME_UNKNOWN', `A transaction for ${topic}, partition ${partition}, ${what}`, {
      stage: 'publish',
      details: { topic, partition, transactionalId, reason: reasonOf(error) },
      cause: error,
    });
  };

  return {
    transactionalId,
    async open() {
      await discard();
      const fresh = createProducer(options, transactionalId);
      try {
        await withDeadline(initialise(fresh), OPEN_DEADLINE_MS, () => new Error('timeout'));
      } catch (error) {
        void fresh.disconnect().catch(() => undefined);
        throw unreachable(options.brokers, error);
      }
      producer = fresh;
      const { offset, metadata } = await readCommitted(options, { group, topic, partition });
      beside = metadata;
      return offset;
    },
    metadata: () => beside,
    async commit(sends, next, metadata = '') {
      const using = producer;
      if (using === null) throw failure(new Error('not open'));
      try {
        await withDeadline(write(using, sends, next, metadata), COMMIT_DEADLINE_MS, () => new Error('timeout'));
      } catch (error) {
        // A failed transaction wedges the library's producer; the next `open` ends the transaction on the broker.
        if (producer === using) producer = null;
        void using.disconnect().catch(() => undefined);
        throw failure(error);
      }
    },
    close: discard,
  };
}

/** A transactional producer of the library, for this folder alone. */
export function createProducer(options: KafkaOptions, transactionalId: string): kafkajs.Producer {
  return createClient(options, RETRY).producer({
    transactionalId,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    retry: RETRY,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
}

/** Connects and gets the producer id. An empty transaction is the library's only way to ask for it; aborting it sends nothing. */
export async function initialise(producer: kafkajs.Producer): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
}
