import { type Assignment, type Kafka, type KafkaConsumer, topicSpecs, watchLag } from '@epee/kafka';
import { recordMaxBytes } from '@epee/stream';
import { groupLagGauges, heartbeatProbe, lagGauges, memberProbe, type ProbeResult, serviceOf, startHealthServer } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';
import { type DeadLetterDestination, sendDeadLetters } from './projecting/dead-letters.ts';
import { createProjectors, type Projectors } from './projecting/projectors.ts';
import { createProjectorMetrics } from './projector-metrics.ts';
import type { ProjectorDeps, ProjectorOptions, RunningProjector } from './types.ts';
import { startWatching } from './watching/start-watching.ts';

const CHECK_EVERY_MS = 10_000;

/**
 * Starts the projector: makes missing topics, joins its group on the results topic, serves health
 * and metrics.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, CONFIG_INVALID (port in use)
 */
export async function startProjector(options: ProjectorOptions, deps: ProjectorDeps): Promise<RunningProjector> {
  const { kafka, store, log, surroundings = processSurroundings, checkEveryMs = CHECK_EVERY_MS } = deps;
  const { group, sessionTimeoutMs } = options.consumer;
  const topic = options.topics.results;
  const metrics = createProjectorMetrics(deps.metrics);
  const destination = await openTopics(kafka, options);
  const producer = await kafka.producer();
  const projectors = createProjectors(topic, {
    ...deps,
    metrics,
    surroundings,
    sendDeadLetters: (failed, origin) => sendDeadLetters(failed, origin, { destination, producer, nowMs: surroundings.nowMs }),
    lowOffset: (partition) => lowOf(kafka, topic, partition),
  });

  let assignment: Assignment = { epoch: 0, partitions: [] };
  const onAssignment = (assigned: Assignment) => {
    assignment = assigned;
    log.info('Joined the group', { group, partitions: assigned.partitions.length });
    projectors.keep(new Set(assigned.partitions.map(({ partition }) => partition)));
  };
  const consumer = await kafka
    .consume({
      group,
      topics: [topic],
      sessionTimeoutMs,
      onAssignment,
      onBatch: (batch, control) => projectors.of(batch.partition).onBatch(batch, control),
      onOutOfRange: (refused, control) => projectors.of(refused.partition).onOutOfRange(refused, control),
    })
    .catch(async (error) => {
      await producer.close();
      throw error;
    });
  const watch = startWatching(
    { group, topic, store, consumer, admin: () => kafka.admin(), projectorOf: projectors.of },
    { assignment: () => assignment, everyMs: checkEveryMs, metrics, log },
  );
  const lag = watchLag({
    kafka,
    surroundings,
    readings: [
      { group, topic, member: consumer },
      { group, topic },
    ],
    onTrouble: (error) => log.debug('Cannot look at the ends of partitions; trying again', {}, error),
  });
  lagGauges(deps.metrics, 'projector', lag.owned);
  groupLagGauges(deps.metrics, lag.groups);
  const leave = async () => {
    watch.stop();
    await lag.stop();
    await consumer.stop();
    await producer.close();
  };
  const health = await startHealthServer({
    ...options.http,
    metrics: deps.metrics,
    liveness: () => heartbeatProbe(consumer.heartbeatAgeMs(), sessionTimeoutMs),
    readiness: () => readinessOf(consumer, projectors, sessionTimeoutMs),
  }).catch(async (error) => {
    await leave();
    throw error;
  });
  log.info('Listening', { host: health.host, port: health.port });

  const ending = serviceOf(consumer, async () => {
    // Ends the waits for a Redis that does not answer.
    const timer = setTimeout(() => store.close(), options.stopTimeoutMs);
    await leave().finally(() => clearTimeout(timer));
    store.close();
    await health.stop();
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
    return { topic: topics.deadLetters, maxBytes: recordMaxBytes(await admin.maxMessageBytes(topics.deadLetters)) };
  } finally {
    await admin.close();
  }
}

async function lowOf(kafka: Kafka, topic: string, partition: number): Promise<bigint> {
  const admin = await kafka.admin();
  try {
    return (await admin.offsets(topic)).find((entry) => entry.partition === partition)?.low ?? 0n;
  } finally {
    await admin.close();
  }
}

function readinessOf(consumer: KafkaConsumer, projectors: Projectors, sessionTimeoutMs: number): ProbeResult {
  const trouble = projectors.trouble();
  if (trouble !== null) return { ok: false, code: trouble.code, reason: `${trouble.code}: ${trouble.message}` };
  return memberProbe(consumer, sessionTimeoutMs);
}
