import { type Assignment, type Kafka, type KafkaConsumer, type KafkaProducer, topicSpecs } from '@epee/kafka';
import { serviceOf, startHealthServer } from '@epee/telemetry';
import { type DeadLetterDestination, sendDeadLetters } from './dead-letters.ts';
import { createPartitionProjector, type PartitionProjector } from './partition-projector.ts';
import { createProjectorMetrics } from './projector-metrics.ts';
import { processSurroundings } from './surroundings.ts';
import type { ProjectorDeps, ProjectorOptions, RunningProjector } from './types.ts';
import { startWatching } from './watching.ts';

/** Kafka's own default of `max.message.bytes`, for clusters that do not tell. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
/** Head of a send, which counts against the topic's limit. */
const SEND_OVERHEAD_BYTES = 256;
const CHECK_EVERY_MS = 10_000;
/** Sessions without a heartbeat after which the group has long given the partitions away. */
const SILENT_SESSIONS = 2;

/**
 * Starts the projector: makes missing topics, joins its group on the results topic, serves health and metrics.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, CONFIG_INVALID (port in use)
 */
export async function startProjector(options: ProjectorOptions, deps: ProjectorDeps): Promise<RunningProjector> {
  const { kafka, store, codec, log, surroundings = processSurroundings, checkEveryMs = CHECK_EVERY_MS } = deps;
  const { group, sessionTimeoutMs } = options.consumer;
  const topic = options.topics.results;
  const metrics = createProjectorMetrics(deps.metrics);
  const destination = await openTopics(kafka, options);
  const producer = await kafka.producer();
  const projectors = new Map<number, PartitionProjector>();
  const projectorOf = (partition: number): PartitionProjector => {
    const known = projectors.get(partition);
    if (known !== undefined) return known;
    const made = createPartitionProjector(
      { topic, partition },
      {
        store,
        codec,
        sendDeadLetters: (failed, origin) => sendDeadLetters(failed, origin, { destination, producer, nowMs: surroundings.nowMs }),
        lowOffset: (wanted) => lowOffset(kafka, topic, wanted),
        metrics,
        log,
        surroundings,
      },
    );
    projectors.set(partition, made);
    return made;
  };

  let assignment: Assignment = { epoch: 0, partitions: [] };
  const consumer = await kafka
    .consume({
      group,
      topics: [topic],
      sessionTimeoutMs,
      onAssignment: (assigned) => {
        assignment = assigned;
        log.info('Joined the group', { group, partitions: assigned.partitions.length });
      },
      onBatch: (batch, control) => projectorOf(batch.partition).onBatch(batch, control),
    })
    .catch(closing(producer));
  const watch = startWatching(
    { group, topic, store, consumer, admin: () => kafka.admin(), projectorOf },
    { assignment: () => assignment, everyMs: checkEveryMs, metrics, log },
  );
  const health = await startHealthServer({
    ...options.http,
    metrics: deps.metrics,
    liveness: () => {
      const silentMs = Math.round(consumer.heartbeatAgeMs());
      return silentMs > SILENT_SESSIONS * sessionTimeoutMs ? { ok: false, reason: `no heartbeat for ${silentMs} ms` } : { ok: true };
    },
    readiness: () => readiness(consumer, [...projectors.values()]),
  }).catch(async (error) => {
    watch.stop();
    await consumer.stop();
    await producer.close();
    throw error;
  });
  log.info('Listening', { host: health.host, port: health.port });

  const ending = serviceOf(consumer, async () => {
    watch.stop();
    // Ends the waits for a Redis that does not answer.
    const timer = setTimeout(() => store.close(), options.stopTimeoutMs);
    await consumer.stop();
    clearTimeout(timer);
    store.close();
    await Promise.all([producer.close(), health.stop()]);
  });
  return { port: health.port, ...ending };
}

async function openTopics(
  kafka: Kafka,
  { topics, noteMaxBytes }: Pick<ProjectorOptions, 'topics' | 'noteMaxBytes'>,
): Promise<DeadLetterDestination> {
  const admin = await kafka.admin();
  try {
    await admin.ensureTopics(topicSpecs(topics, noteMaxBytes));
    const limit = (await admin.maxMessageBytes(topics.deadLetters)) ?? DEFAULT_MAX_MESSAGE_BYTES;
    return { topic: topics.deadLetters, maxBytes: limit - SEND_OVERHEAD_BYTES };
  } finally {
    await admin.close();
  }
}

async function lowOffset(kafka: Kafka, topic: string, partition: number): Promise<bigint> {
  const admin = await kafka.admin();
  try {
    return (await admin.offsets(topic)).find((entry) => entry.partition === partition)?.low ?? 0n;
  } finally {
    await admin.close();
  }
}

function readiness(consumer: KafkaConsumer, projectors: readonly PartitionProjector[]) {
  if (!consumer.joined()) return { ok: false, reason: 'not a member of the group yet' };
  const trouble = projectors.map((projector) => projector.trouble()).find((error) => error !== null);
  return trouble === undefined || trouble === null ? { ok: true } : { ok: false, reason: `${trouble.code}: ${trouble.message}` };
}

function closing(producer: KafkaProducer): (error: unknown) => Promise<never> {
  return async (error) => {
    await producer.close();
    throw error;
  };
}
