import { startConsumer } from '../consuming/consumer.ts';
import { scanTopic } from '../consuming/scan.ts';
import { installAbortedFilter } from '../kafkajs-fixes/aborted-records.ts';
import { installBatchGuard } from '../kafkajs-fixes/batch-guard.ts';
import { registerCodecs } from '../kafkajs-fixes/codecs/register.ts';
import { installCoordinatorRefusals } from '../kafkajs-fixes/coordinator-refusals.ts';
import { installFetchedLogs } from '../kafkajs-fixes/fetched-log.ts';
import { installOutOfRange } from '../kafkajs-fixes/out-of-range.ts';
import { createExclusiveWriter } from '../producing/exclusive.ts';
import { connectProducer } from '../producing/producer.ts';
import { createTransactions } from '../producing/transactions.ts';
import type { Kafka, KafkaOptions } from '../types.ts';
import { connectAdmin } from './admin.ts';

/** A cluster, see {@link Kafka}. Connects to nothing yet. */
export function createKafka(options: KafkaOptions): Kafka {
  registerCodecs();
  installBatchGuard();
  installAbortedFilter();
  installCoordinatorRefusals();
  installFetchedLogs();
  installOutOfRange();
  const kafka: Kafka = {
    async checkReachable() {
      const admin = await connectAdmin(options);
      await admin.close();
    },
    admin: () => connectAdmin(options),
    producer: () => connectProducer(options),
    transactions: (transactions) => createTransactions(options, transactions),
    exclusive: (transactionalId) => createExclusiveWriter(options, transactionalId),
    scan: (scan) => scanTopic(kafka, options, scan),
    consume: (consume) => startConsumer(options, consume),
  };
  return kafka;
}
