import { randomUUID } from 'node:crypto';
import type { KafkaConsumer } from '@epee/kafka';
import { createGate, type Gate } from '@epee/stream';
import { startHealthServer } from '@epee/telemetry';
import { openDestinations } from './destinations.ts';
import { createExtract } from './extract.ts';
import { PARTITIONS_AT_A_TIME, STALL_LIMIT_MS, SUB_BATCHES_AT_A_TIME } from './limits.ts';
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
  const gate = createGate(SUB_BATCHES_AT_A_TIME);
  const extractWith = (through: Pick<Gate, 'run'>) =>
    createExtract({ ...deps, ...destinations, options, surroundings, gate: through, metrics });
  const extract = extractWith(gate);
  const extractAlone = extractWith({ run: (work) => work() });
  const owner = randomUUID();
  const partitions = new Map<number, PartitionWorker>();

  const partitionWorker = (partition: number): PartitionWorker => {
    const known = partitions.get(partition);
    if (known !== undefined) return known;
    const made = createPartitionWorker({
      transactions: kafka.transactions({ group: options.consumer.group, topic: options.topics.notes, partition }),
      extract,
      extractAlone,
      gate,
      owner,
      maxCrashes: options.recordMaxCrashes,
      commit: { surroundings, metrics, log },
      metrics,
      log,
      progress: liveness.progress,
      abandon: abandon.signal,
      draining: () => draining,
    });
    partitions.set(partition, made);
    return made;
  };

  const consumer = await kafka.consume({
    group: options.consumer.group,
    topics: [options.topics.notes],
    sessionTimeoutMs: options.consumer.sessionTimeoutMs,
    concurrency: PARTITIONS_AT_A_TIME,
    onAssignment: ({ partitions: assigned }) =>
      log.info('Joined the group', { group: options.consumer.group, partitions: assigned.length }),
    onRebalance: () => {
      for (const partition of partitions.values()) void partition.release();
    },
    onBatch: (batch, control) => liveness.during(() => partitionWorker(batch.partition).onBatch(batch, control)),
  });
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
    await deps.extractor.close();
    await health.stop();
  };
  return withEnd(consumer, stop, health.port);
}

/** One stop, whoever asks for it: the caller, or a consumer that ended by itself. */
function withEnd(consumer: KafkaConsumer, stop: () => Promise<void>, port: number): RunningWorker {
  let stopping: Promise<void> | null = null;
  const stopOnce = () => {
    stopping ??= stop();
    return stopping;
  };
  const done = consumer.done.finally(stopOnce);
  done.catch(() => undefined);
  return { port, stop: stopOnce, done };
}
