import { createCodec, openRegistry } from '@epee/avro';
import type { JobsConfig } from '@epee/config';
import { createKafka, kafkaLogTo } from '@epee/kafka';
import { openChunkQueue } from '@epee/queue';
import { createBatchStore } from '@epee/redis';
import { createMetrics, type Logger } from '@epee/telemetry';
import { startJobs } from './start-jobs.ts';
import type { RunningJobs } from './types.ts';

/**
 * Starts the jobs service as configured, with real adapters: Redis, queue, Kafka, schema registry,
 * metrics.
 * @throws EpeeError REDIS_UNREACHABLE, REDIS_REFUSED, KAFKA_UNREACHABLE,
 * SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE, CONFIG_INVALID
 */
export async function openJobs(config: JobsConfig, log: Logger): Promise<RunningJobs> {
  const store = await createBatchStore(config.redis);
  const queue = openChunkQueue(config.redis);
  try {
    const kafka = createKafka({ ...config.kafka, log: kafkaLogTo(log) });
    const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
    const metrics = createMetrics({ processMetrics: true });
    return await startJobs(config, { kafka, store, codec, queue, queueOptions: config.redis, log, metrics });
  } catch (error) {
    await queue.close();
    store.close();
    throw error;
  }
}
