import { createCodec, openRegistry } from '@epee/avro';
import type { IngestConfig } from '@epee/config';
import { createKafka, kafkaLogFields, topicSpecs } from '@epee/kafka';
import { createMetrics, type Logger } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';
import { type Ingest, startIngest } from './ingest.ts';

/**
 * Starts ingest as configured, with real adapters: schema registry, Kafka and metrics. Creates the
 * topics that do not exist yet. `stop` closes the adapters, too.
 * @throws EpeeError KAFKA_UNREACHABLE, SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE,
 * CONFIG_INVALID
 */
export async function openIngest(config: IngestConfig, logger: Logger): Promise<Ingest> {
  const kafka = createKafka({ ...config.kafka, log: (entry) => logger[entry.level]('kafka client', kafkaLogFields(entry)) });
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs(config.topics, config.noteMaxBytes)).finally(() => admin.close());
  const producer = await kafka.producer();
  try {
    const ingest = await startIngest(config, {
      publish: (records) => producer.send(config.topics.notes, records),
      publishImages: (records) => producer.send(config.topics.images, records),
      recordMaxBytes: {
        notes: () => producer.recordMaxBytes(config.topics.notes),
        images: () => producer.recordMaxBytes(config.topics.images),
      },
      checkReachable: () => kafka.checkReachable(),
      codec,
      logger,
      metrics: createMetrics({ processMetrics: true }),
      ...processSurroundings,
    });
    return { ...ingest, stop: () => ingest.stop().finally(() => producer.close()) };
  } catch (error) {
    await producer.close();
    throw error;
  }
}
