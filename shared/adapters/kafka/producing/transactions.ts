import { readCommitted } from '../client/admin.ts';
import type { KafkaOptions, PartitionTransactions, TransactionsOptions } from '../types.ts';
import { createExclusiveWriter } from './exclusive.ts';

/** Transactions for one input partition, see {@link PartitionTransactions}. */
export function createTransactions(options: KafkaOptions, input: TransactionsOptions): PartitionTransactions {
  const { group, topic, partition } = input;
  const transactionalId = `${group}-${topic}-${partition}`;
  const writer = createExclusiveWriter(options, transactionalId, {
    name: `A transaction for ${topic}, partition ${partition},`,
    details: { topic, partition },
  });
  let beside = '';
  return {
    transactionalId,
    async open() {
      await writer.open();
      const { offset, metadata } = await readCommitted(options, input);
      beside = metadata;
      return offset;
    },
    metadata: () => beside,
    commit: (sends, next, metadata = '') => writer.write(sends, { ...input, next, metadata }),
    close: writer.close,
  };
}
