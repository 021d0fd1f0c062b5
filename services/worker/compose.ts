import { type Codec, createCodec, openRegistry } from '@epee/avro';
import type { WorkerConfig } from '@epee/config';
import { createEngine } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { createPatience, openImageReader, openReferenceStore } from '@epee/imaging';
import { createKafka, kafkaLogTo } from '@epee/kafka';
import { checkPolicy } from '@epee/model';
import { belowConfidence } from '@epee/records';
import { createLogger, createMetrics, type Logger, type Metrics } from '@epee/telemetry';
import { openTerminology } from '@epee/terminology-files';
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
  const kafka = createKafka({ ...config.kafka, log: kafkaLogTo(log) });
  await kafka.checkReachable();
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const observe = createRowMetrics(metrics);
  const extractor = await openExtractor(config, { metrics, log, observe });
  try {
    const images = await openImages(config, codec, observe);
    return { kafka, codec, extractor, ...(images && { images }), log, metrics };
  } catch (error) {
    await extractor.close();
    throw error;
  }
}

type Observe = ReturnType<typeof createRowMetrics>;

async function openImages(
  { images, policy, topicPolicies, topics }: WorkerConfig,
  codec: Codec,
  observe: Observe,
): Promise<ImageWork | null> {
  const { engine, limits, store } = images;
  if (engine === null) return null;
  const followed = topicPolicies[topics.images] ?? policy;
  const reader = await openImageReader({
    engine,
    limits,
    references: openReferenceStore(store),
    patience: createPatience(store),
    policy: followed,
    onOutcomes: observe,
  });
  return { decode: (value) => codec.decodeImage(value), reader, close: () => reader.close() };
}

async function openExtractor(
  config: WorkerConfig,
  { metrics, log, observe }: { readonly metrics: Metrics; readonly log: Logger; readonly observe: Observe },
): Promise<NoteExtractor> {
  const engine = await createEngine({
    ...config.engine,
    onPrecision: ({ precision, fp32Ms, int8Ms }) => log.info('Chose the precision by a measurement', { precision, fp32Ms, int8Ms }),
  });
  // The policy of the images' topic is one of their own model.
  const { [config.topics.images]: _, ...topicPolicies } = config.topicPolicies;
  await orClosed(engine, () => checkPolicies({ ...config, topicPolicies }, engine.model));
  const terminology = await orClosed(engine, () => openTerminology(config.terminologyDir));
  const extractor = createExtractor({
    model: engine.model,
    tokenizer: engine.tokenizer,
    terminology,
    nowMs: () => Date.now(),
    maxTextBytes: config.noteMaxBytes,
    maxRows: config.noteMaxRows,
    onPairsLeftOut: createPairMetric(metrics),
    run: async (rows, policy, turn) => {
      const outcomes = await engine.run(rows, policy, turn);
      observe(outcomes);
      return outcomes;
    },
  });
  return {
    async extract(notes, policyName, turn) {
      const answers = await extractor.extract(notes, { policyName, ...(turn && { turn }) });
      return answers.map((answer) => (answer instanceof EpeeError ? answer : belowConfidence(answer, config.minConfidence).result));
    },
    close: () => engine.close(),
  };
}

/** What a step of opening gives; the engine is closed where it throws. */
async function orClosed<T>(engine: { close(): Promise<void> }, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Checks that every task of the model has the policies that the configuration names. @throws EpeeError POLICY_UNKNOWN */
export function checkPolicies(
  { policy, topicPolicies }: Pick<WorkerConfig, 'policy' | 'topicPolicies'>,
  model: Parameters<typeof checkPolicy>[0],
): void {
  checkPolicy(model, { policy, given: `EPEE_POLICY=${policy}`, stage: 'config' });
  for (const [topic, own] of Object.entries(topicPolicies)) {
    checkPolicy(model, { policy: own, given: `EPEE_TOPIC_POLICIES: ${topic}=${own}`, stage: 'config' });
  }
}
