import { randomUUID } from 'node:crypto';
import { type LagWatch, type Reading, watchLag } from '@epee/kafka';
import { createWaits, groupLagGauges, lagGauges, memberProbe, serviceOf, startHealthServer } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';
import { startAll } from './lanes/consumers.ts';
import { lanesOf } from './lanes/lanes.ts';
import { type LaneDeps, startLane } from './lanes/start-lane.ts';
import { RECORD_MAX_CRASHES, STALL_LIMIT_MS } from './limits.ts';
import { livenessOf } from './liveness.ts';
import { openDestinations } from './prepare/destinations.ts';
import type { RunningWorker, WorkerDeps, WorkerOptions } from './types.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/**
 * Starts the worker: makes missing topics, joins the groups of its lanes, serves health and metrics.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, CONFIG_INVALID (port in use)
 */
export async function startWorker(options: WorkerOptions, deps: WorkerDeps): Promise<RunningWorker> {
  const { surroundings = processSurroundings, kafka, log } = deps;
  const { sessionTimeoutMs } = options.consumer;
  const destinations = await openDestinations(kafka, options);
  const liveness = livenessOf({ stallLimitMs: STALL_LIMIT_MS, sessionTimeoutMs, nowMs: surroundings.monotonicMs });
  const waits = createWaits();
  const abandon = new AbortController();
  let draining = false;
  const shared = {
    ...destinations,
    kafka,
    sessionTimeoutMs,
    liveness,
    waits,
    surroundings,
    metrics: createWorkerMetrics(deps.metrics),
    log,
    owner: randomUUID(),
    maxCrashes: options.recordMaxCrashes ?? RECORD_MAX_CRASHES,
    abandon: abandon.signal,
    draining: () => draining,
  };
  const lanes = lanesOf({ ...deps, options, resultMaxBytes: destinations.results.maxBytes });
  const readings: Reading[] = [];
  const consumer = await startAll(lanes, async (lane) => {
    const member = await startLane(lane, shared);
    readings.push({ group: lane.group, topic: lane.topic, member });
    return member;
  });
  const lag = watchOwn(readings, { kafka, surroundings, log, metrics: deps.metrics });
  const health = await startHealthServer({
    ...options.http,
    metrics: deps.metrics,
    liveness: () => liveness.probe(consumer.heartbeatAgeMs()),
    readiness: () => {
      const waiting = waits.probe();
      return waiting.ok ? memberProbe(consumer, sessionTimeoutMs) : waiting;
    },
  }).catch(async (error) => {
    await Promise.all([lag.stop(), consumer.stop()]);
    throw error;
  });
  log.info('Listening', { host: health.host, port: health.port });

  const stop = async () => {
    draining = true;
    const timer = setTimeout(() => abandon.abort(), options.stopTimeoutMs);
    await Promise.all([lag.stop(), consumer.stop()]);
    clearTimeout(timer);
    abandon.abort();
    await Promise.all([deps.extractor.close(), deps.images?.close()]);
    await health.stop();
  };
  return { port: health.port, ...serviceOf(consumer, stop) };
}

/** Tells how far behind this instance's partitions are, and its groups as a whole. */
function watchOwn(
  readings: readonly Reading[],
  { metrics, log, ...deps }: Pick<WorkerDeps, 'kafka' | 'log' | 'metrics'> & Pick<LaneDeps, 'surroundings'>,
): LagWatch {
  const whole = readings.map(({ group, topic }) => ({ group, topic }));
  const watch = watchLag({
    ...deps,
    readings: [...readings, ...whole],
    onTrouble: (error) => log.debug('Cannot look at the ends of partitions; trying again', {}, error),
  });
  lagGauges(metrics, 'worker', watch.owned);
  groupLagGauges(metrics, watch.groups);
  return watch;
}
