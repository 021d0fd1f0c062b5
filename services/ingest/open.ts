import { createCodec, openRegistry } from '@epee/avro';
import type { IngestConfig } from '@epee/config';
import { createKafka, kafkaLogFields, topicSpecs, watchLag } from '@epee/kafka';
import { workerGroups } from '@epee/stream';
import { createMetrics, groupLagGauges, type Logger } from '@epee/telemetry';
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
  const metrics = createMetrics({ processMetrics: true });
  // The workers may be scaled to zero: somebody must tell what waits for them.
  const lag = watchLag({
    kafka,
    surroundings: processSurroundings,
    readings: workerGroups(config.workerGroup, config.topics),
    onTrouble: (error) => logger.debug('cannot look at what waits for the workers; trying again', {}, error),
  });
  groupLagGauges(metrics, lag.groups);
  const close = async () => void (await Promise.all([lag.stop(), producer.close()]));
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
      metrics,
      ...processSurroundings,
    });
    return { ...ingest, stop: () => ingest.stop().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}
