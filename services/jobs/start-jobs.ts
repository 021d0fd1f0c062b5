import { randomUUID } from 'node:crypto';
import { EpeeError } from '@epee/errors';
import { type Kafka, topicMissing, topicSpecs, watchLag } from '@epee/kafka';
import { startChunkWorker } from '@epee/queue';
import { recordMaxBytes } from '@epee/stream';
import { heartbeatProbe, lagGauges, memberProbe, serviceOf, startHealthServer } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';
import { createTracker } from './counting/tracker.ts';
import { createJobsMetrics } from './jobs-metrics.ts';
import { createChunkRunner } from './sending/run-chunk.ts';
import { startSweeping } from './sweep.ts';
import type { JobsDeps, JobsOptions, RunningJobs } from './types.ts';

const SWEEP_EVERY_MS = 5000;

/**
 * Starts the jobs service: makes missing topics, works on the queue's chunks, counts results,
 * serves health and metrics.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, CONFIG_INVALID (no topic of batch
 * notes; port in use)
 */
export async function startJobs(options: JobsOptions, deps: JobsDeps): Promise<RunningJobs> {
  const { kafka, store, queue, queueOptions, log, surroundings = processSurroundings } = deps;
  const { group, sessionTimeoutMs } = options.consumer;
  const { results, deadLetters, batchNotes } = options.topics;
  if (batchNotes === undefined) throw new EpeeError('CONFIG_INVALID', 'EPEE_BATCH_NOTES_TOPIC is not set', { stage: 'config' });
  const metrics = createJobsMetrics(deps.metrics);
  const batchTopic = await openTopics(kafka, options, batchNotes);
  const shared = { ...deps, metrics, surroundings };
  const runner = createChunkRunner({ ...shared, ...batchTopic, options, topic: batchNotes, owner: randomUUID() });
  let redisAnswers = true;

  const consumer = await kafka.consume({
    group,
    topics: [results, deadLetters],
    sessionTimeoutMs,
    onAssignment: ({ partitions: assigned }) => log.info('Joined the group', { group, partitions: assigned.length }),
    ...createTracker({ ...shared, topics: { results, deadLetters, batchNotes } }),
  });
  const worker = startChunkWorker({
    ...queueOptions,
    concurrency: options.concurrency,
    onChunk: runner.run,
    onError: (error) => log.warn('The queue reports an error', {}, error),
    random: surroundings.random,
  });
  const onLost = async (id: string) => {
    const code = 'JOB_LOST';
    log.error('Redis no longer has an import that was running: it was emptied, or restored from older data', { code });
    metrics.failed(code);
    await runner.forget(id);
  };
  const sweeping = startSweeping(
    { store, queue, begun: runner.begun, onLost },
    { everyMs: SWEEP_EVERY_MS, log, onSwept: (ok) => (redisAnswers = ok) },
  );

  const lag = watchLag({
    kafka,
    surroundings,
    readings: [results, deadLetters].map((topic) => ({ group, topic, member: consumer })),
    onTrouble: (error) => log.debug('Cannot look at the ends of partitions; trying again', {}, error),
  });
  lagGauges(deps.metrics, 'jobs', lag.owned);
  const leave = async () => {
    sweeping.stop();
    await lag.stop();
    await worker.stop(options.stopTimeoutMs);
    await consumer.stop();
    await runner.close();
    await queue.close();
    store.close();
  };
  const health = await startHealthServer({
    ...options.http,
    metrics: deps.metrics,
    liveness: () => heartbeatProbe(consumer.heartbeatAgeMs(), sessionTimeoutMs),
    readiness: () => {
      if (redisAnswers && worker.running()) return memberProbe(consumer, sessionTimeoutMs);
      return { ok: false, code: 'REDIS_UNREACHABLE', reason: 'REDIS_UNREACHABLE: Redis does not answer' };
    },
  }).catch(async (error) => {
    await leave();
    throw error;
  });
  log.info('Listening', { host: health.host, port: health.port });
  const ending = serviceOf(consumer, async () => {
    await leave();
    await health.stop();
  });
  return { port: health.port, ...ending };
}

/** Makes missing topics. Answers the partitions of the topic of batch notes, and the bytes that a record may have there. */
async function openTopics(
  kafka: Kafka,
  { topics, noteMaxBytes }: JobsOptions,
  batchNotes: string,
): Promise<{ partitions: number; maxBytes: number }> {
  const admin = await kafka.admin();
  try {
    await admin.ensureTopics(topicSpecs(topics, noteMaxBytes));
    const partitions = await admin.partitions(batchNotes);
    if (partitions === null) throw topicMissing(batchNotes);
    return { partitions, maxBytes: recordMaxBytes(await admin.maxMessageBytes(batchNotes)) };
  } finally {
    await admin.close();
  }
}
