import { randomUUID } from 'node:crypto';
import { createGate, type Gate, type TopicPartition } from '@epee/stream';
import { serviceOf, startHealthServer } from '@epee/telemetry';
import { startAll } from './consumers.ts';
import { openDestinations } from './destinations.ts';
import { createExtract } from './extract.ts';
import { BATCH_SUB_BATCHES_AT_A_TIME, PARTITIONS_AT_A_TIME, RECORD_MAX_CRASHES, STALL_LIMIT_MS, SUB_BATCHES_AT_A_TIME } from './limits.ts';
import { livenessOf } from './liveness.ts';
import { createPartitionWorker, type PartitionWorker } from './partition-worker.ts';
import { processSurroundings } from './surroundings.ts';
import type { RunningWorker, WorkerDeps, WorkerOptions } from './types.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/**
 * Starts the worker: makes missing topics, joins the group, serves health and metrics.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, CONFIG_INVALID (port in use)
 */
export async function startWorker(options: WorkerOptions, deps: WorkerDeps): Promise<RunningWorker> {
  const { surroundings = processSurroundings, kafka, log } = deps;
  const metrics = createWorkerMetrics(deps.metrics);
  const destinations = await openDestinations(kafka, options);
  const abandon = new AbortController();
  let draining = false;
  const liveness = livenessOf({
    stallLimitMs: STALL_LIMIT_MS,
    sessionTimeoutMs: options.consumer.sessionTimeoutMs,
    nowMs: surroundings.monotonicMs,
  });
  const gate = createGate(SUB_BATCHES_AT_A_TIME, BATCH_SUB_BATCHES_AT_A_TIME);
  // Images that wait for their store must not take the places of notes.
  const imageGate = createGate(SUB_BATCHES_AT_A_TIME);
  const extractWith = (through: Pick<Gate, 'run'>) =>
    createExtract({ ...deps, ...destinations, options, surroundings, gate: through, metrics, onWait: liveness.progress });
  const extract = extractWith(gate);
  const extractImages = extractWith(imageGate);
  const extractAlone = extractWith({ run: (work) => work() });
  const owner = randomUUID();
  const partitions = new Map<string, PartitionWorker>();

  // A member's next fetch waits for all that its last one brought: notes of an import, or images whose store does not answer, would hold up all others, hence a member and
  // a group of their own.
  const { notes, batchNotes, images } = options.topics;
  const groupOf = (topic: string) => {
    const { group } = options.consumer;
    return topic === batchNotes ? `${group}-batch` : topic === images ? `${group}-images` : group;
  };
  const partitionWorker = ({ topic, partition }: TopicPartition): PartitionWorker => {
    const name = `${topic}/${partition}`;
    const known = partitions.get(name);
    if (known !== undefined) return known;
    const made = createPartitionWorker({
      transactions: kafka.transactions({ group: groupOf(topic), topic, partition }),
      extract: topic === images ? extractImages : extract,
      extractAlone,
      gate: topic === images ? imageGate : gate,
      owner,
      maxCrashes: options.recordMaxCrashes ?? RECORD_MAX_CRASHES,
      commit: { surroundings, metrics, log },
      metrics,
      log,
      progress: liveness.progress,
      abandon: abandon.signal,
      draining: () => draining,
    });
    partitions.set(name, made);
    return made;
  };

  const releaseAll = (topic: string) => {
    for (const [name, partition] of partitions) if (name.startsWith(`${topic}/`)) void partition.release();
  };
  const topics = [notes, batchNotes, deps.images === undefined ? undefined : images].filter((topic) => topic !== undefined);
  const consumer = await startAll(topics, (topic) =>
    kafka.consume({
      group: groupOf(topic),
      topics: [topic],
      sessionTimeoutMs: options.consumer.sessionTimeoutMs,
      concurrency: PARTITIONS_AT_A_TIME,
      onAssignment: ({ partitions: assigned }) => log.info('Joined the group', { group: groupOf(topic), partitions: assigned.length }),
      onRebalance: () => releaseAll(topic),
      onBatch: (batch, control) => liveness.during(() => partitionWorker(batch).onBatch(batch, control)),
    }),
  );
  const health = await startHealthServer({
    ...options.http,
    metrics: deps.metrics,
    liveness: () => liveness.probe(consumer.heartbeatAgeMs()),
    readiness: () => (consumer.joined() ? { ok: true } : { ok: false, reason: 'not a member of the group yet' }),
  }).catch(async (error) => {
    await consumer.stop();
    throw error;
  });
  log.info('Listening', { host: health.host, port: health.port });

  const stop = async () => {
    draining = true;
    const timer = setTimeout(() => abandon.abort(), options.stopTimeoutMs);
    await consumer.stop();
    clearTimeout(timer);
    abandon.abort();
    await Promise.all([...partitions.values()].map((partition) => partition.close()));
    await Promise.all([deps.extractor.close(), deps.images?.close()]);
    await health.stop();
  };
  return { port: health.port, ...serviceOf(consumer, stop) };
}
