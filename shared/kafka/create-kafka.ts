import { installAbortedFilter } from './aborted-records.ts';
import { connectAdmin } from './admin.ts';
import { installBatchGuard } from './batch-guard.ts';
import { registerCodecs } from './codecs/register.ts';
import { startConsumer } from './consumer.ts';
import { createExclusiveWriter } from './exclusive.ts';
import { connectProducer } from './producer.ts';
import { scanTopic } from './scan.ts';
import { createTransactions } from './transactions.ts';
import type { Kafka, KafkaOptions } from './types.ts';

/** A cluster, see {@link Kafka}. Connects to nothing yet. */
export function createKafka(options: KafkaOptions): Kafka {
  registerCodecs();
  installBatchGuard();
  installAbortedFilter();
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
