import type { EntryOutcome } from '@epee/redis';
import type { LogFate, RecordFailure, TopicPartition } from '@epee/stream';
import type { Metrics } from '@epee/telemetry';

/** What the projector counts. */
export interface ProjectorMetrics {
  entries(outcomes: readonly EntryOutcome[]): void;
  deadLetter(failure: RecordFailure): void;
  /** A log is not what it was: records of it are gone, or it is another one. */
  logChanged(of: TopicPartition, fate: LogFate): void;
  /** Redis had lost what it had acknowledged, and a partition was read again. */
  rewind(of: TopicPartition): void;
  /** Whether a partition waits for Redis or the broker. */
  paused(of: TopicPartition, paused: boolean): void;
  /** A partition went to another member. */
  left(of: TopicPartition): void;
  /** Seconds that a sub-batch took in Redis. */
  redis(seconds: number): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the projector's metrics. */
export function createProjectorMetrics(metrics: Metrics): ProjectorMetrics {
  const results = metrics.counter({
    name: 'epee_projector_results_total',
    help: 'Results by outcome: written, same (was there), stale (something newer was there).',
    labels: ['outcome'],
  });
  const deadLetters = metrics.counter({
    name: 'epee_projector_dead_letter_records_total',
    help: 'Records sent to the dead letters, by code.',
    labels: ['code', 'stage'],
  });
  const rewinds = metrics.counter({
    name: 'epee_projector_rewind_batches_total',
    help: 'Times that a partition was read again because Redis had lost what it had acknowledged.',
    labels: ['topic', 'partition'],
  });
  const gap = metrics.counter({
    name: 'epee_projector_gap_records_total',
    help: 'Records that were gone from the log before they were projected.',
    labels: ['topic', 'partition'],
  });
  const logChanges = metrics.counter({
    name: 'epee_projector_log_errors_total',
    help: 'Times that a log was not what it was, by kind: cut, anew, beyond.',
    labels: ['topic', 'partition', 'kind'],
  });
  const paused = metrics.gauge({
    name: 'epee_projector_paused_state',
    help: '1 while a partition waits for Redis or the broker.',
    labels: ['topic', 'partition'],
  });
  const redis = metrics.histogram({ name: 'epee_projector_redis_seconds', help: 'Time of a sub-batch in Redis.', buckets: SECONDS });
  const labelsOf = ({ topic, partition }: TopicPartition) => ({ topic, partition: String(partition) });
  return {
    entries: (outcomes) => {
      for (const outcome of outcomes) results.inc({ outcome });
    },
    deadLetter: ({ code, stage }) => deadLetters.inc({ code, stage }),
    logChanged: (of, { change, lost }) => {
      logChanges.inc({ ...labelsOf(of), kind: change });
      gap.inc(labelsOf(of), Number(lost));
    },
    rewind: (of) => rewinds.inc(labelsOf(of)),
    paused: (of, isPaused) => paused.set(labelsOf(of), isPaused ? 1 : 0),
    left: (of) => paused.remove(labelsOf(of)),
    redis: (seconds) => redis.observe(seconds),
  };
}
