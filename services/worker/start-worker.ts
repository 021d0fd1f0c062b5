import { randomUUID } from 'node:crypto';
import { serviceOf, startHealthServer } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';
import { startAll } from './lanes/consumers.ts';
import { lanesOf } from './lanes/lanes.ts';
import { startLane } from './lanes/start-lane.ts';
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
  const abandon = new AbortController();
  let draining = false;
  const shared = {
    ...destinations,
    kafka,
    sessionTimeoutMs,
    liveness,
    surroundings,
    metrics: createWorkerMetrics(deps.metrics),
    log,
    owner: randomUUID(),
    maxCrashes: options.recordMaxCrashes ?? RECORD_MAX_CRASHES,
    abandon: abandon.signal,
    draining: () => draining,
  };
  const lanes = lanesOf({ ...deps, options, resultMaxBytes: destinations.results.maxBytes });
  const consumer = await startAll(lanes, (lane) => startLane(lane, shared));
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
    await Promise.all([deps.extractor.close(), deps.images?.close()]);
    await health.stop();
  };
  return { port: health.port, ...serviceOf(consumer, stop) };
}
