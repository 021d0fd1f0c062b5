import { createCodec, openRegistry } from '@epee/avro';
import type { ProjectorConfig } from '@epee/config';
import { createKafka, kafkaLogTo } from '@epee/kafka';
import { createProjectionStore, type ProjectionStore } from '@epee/redis';
import { createMetrics, holdPort, type Logger } from '@epee/telemetry';
import { startProjector } from './start-projector.ts';
import type { RunningProjector } from './types.ts';

/**
 * Starts the projector as configured, with real adapters: Redis, Kafka, schema registry, metrics. Its port is taken first: a second
 * one on the same port ends before it joins the group.
 * @throws EpeeError REDIS_UNREACHABLE, REDIS_REFUSED, KAFKA_UNREACHABLE,
 * SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE, CONFIG_INVALID
 */
export async function openProjector(config: ProjectorConfig, log: Logger): Promise<RunningProjector> {
  const held = await holdPort(config.http);
  const http = { ...config.http, held };
  let store: ProjectionStore | undefined;
  try {
    store = await createProjectionStore(config.redis);
    const kafka = createKafka({ ...config.kafka, log: kafkaLogTo(log) });
    const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
    return await startProjector({ ...config, http }, { kafka, store, codec, log, metrics: createMetrics({ processMetrics: true }) });
  } catch (error) {
    store?.close();
    await held.release();
    throw error;
  }
}
