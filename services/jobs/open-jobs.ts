import { createCodec, openRegistry } from '@epee/avro';
import type { JobsConfig } from '@epee/config';
import { createKafka, kafkaLogTo } from '@epee/kafka';
import { openChunkQueue } from '@epee/queue';
import { createBatchStore } from '@epee/redis';
import { createMetrics, holdPort, type Logger } from '@epee/telemetry';
import { startJobs } from './start-jobs.ts';
import type { RunningJobs } from './types.ts';

/**
 * Starts the jobs service as configured, with real adapters: Redis, queue, Kafka, schema registry,
 * metrics. Its port is taken first: a second one on the same port ends before it joins the group.
 * @throws EpeeError REDIS_UNREACHABLE, REDIS_REFUSED, KAFKA_UNREACHABLE,
 * SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE, CONFIG_INVALID
 */
export async function openJobs(config: JobsConfig, log: Logger): Promise<RunningJobs> {
  const held = await holdPort(config.http);
  const http = { ...config.http, held };
  const store = await createBatchStore(config.redis).catch(async (error) => {
    await held.release();
    throw error;
  });
  const queue = openChunkQueue(config.redis);
  try {
    const kafka = createKafka({ ...config.kafka, log: kafkaLogTo(log) });
    const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
    const metrics = createMetrics({ processMetrics: true });
    return await startJobs({ ...config, http }, { kafka, store, codec, queue, queueOptions: config.redis, log, metrics });
  } catch (error) {
    await queue.close();
    store.close();
    await held.release();
    throw error;
  }
}
