import { type Codec, createCodec, openRegistry } from '@epee/avro';
import type { WorkerConfig } from '@epee/config';
import { createEngine, type TaskSpec } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { openImageReader, openReferenceStore } from '@epee/imaging';
import { createKafka, type KafkaLog, kafkaLogFields } from '@epee/kafka';
import { createLogger, createMetrics, type Logger, type Metrics } from '@epee/telemetry';
import { createExtractor } from '@epee/text';
import type { ImageWork, NoteExtractor, WorkerDeps } from './types.ts';
import { createPairMetric, createRowMetrics } from './worker-metrics.ts';

/**
 * Makes what the worker works with, as the configuration says. The broker is asked before the model is loaded, since that takes longer.
 * @throws EpeeError KAFKA_UNREACHABLE, SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE, MODEL_MISSING, MODEL_INVALID, MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED,
 * POLICY_UNKNOWN
 */
export async function composeWorker(
  config: WorkerConfig,
  log: Logger = createLogger({ service: 'worker', level: config.logLevel }),
): Promise<WorkerDeps> {
  const metrics = createMetrics({ processMetrics: true });
  const kafka = createKafka({ ...config.kafka, log: toKafkaLog(log) });
  await kafka.checkReachable();
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const observe = createRowMetrics(metrics);
  const extractor = await openExtractor(config, metrics, observe);
  try {
    const images = await openImages(config, codec, observe);
    return { kafka, codec, extractor, ...(images && { images }), log, metrics };
  } catch (error) {
    await extractor.close();
    throw error;
  }
}

type Observe = ReturnType<typeof createRowMetrics>;

async function openImages({ images, policy }: WorkerConfig, codec: Codec, observe: Observe): Promise<ImageWork | null> {
  const { engine, limits, store } = images;
  if (engine === null) return null;
  const reader = await openImageReader({ engine, limits, references: openReferenceStore(store), policy, onOutcomes: observe });
  return { decode: (value) => codec.decodeImage(value), reader, close: () => reader.close() };
}

async function openExtractor(config: WorkerConfig, metrics: Metrics, observe: Observe): Promise<NoteExtractor> {
  const engine = await createEngine(config.engine);
  const lacking = engine.model.tasks.find(({ policies }) => !Object.hasOwn(policies, config.policy));
  if (lacking !== undefined) {
    await engine.close();
    throw policyMissing(config.policy, lacking);
  }
  const extractor = createExtractor({
    model: engine.model,
    tokenizer: engine.tokenizer,
    nowMs: () => Date.now(),
    maxTextBytes: config.noteMaxBytes,
    onPairsLeftOut: createPairMetric(metrics),
    run: async (rows, policy) => {
      const outcomes = await engine.run(rows, policy);
      observe(outcomes);
      return outcomes;
    },
  });
  return { extract: (notes, policyName) => extractor.extract(notes, { policyName }), close: () => engine.close() };
}

const policyMissing = (policy: string, { name, policies }: TaskSpec) =>
  new EpeeError('POLICY_UNKNOWN', `EPEE_POLICY=${policy} is not a policy of task ${name}; it has ${Object.keys(policies).join(', ')}`, {
    stage: 'config',
    details: { policy, task: name },
  });

/** The client library's warnings and errors as log lines. */
export function toKafkaLog(log: Logger): KafkaLog {
  return (entry) => {
    const fields = kafkaLogFields(entry);
    if (entry.level === 'error' || entry.level === 'warn') log.warn('The Kafka client reports', fields);
    else log.debug('The Kafka client reports', fields);
  };
}
