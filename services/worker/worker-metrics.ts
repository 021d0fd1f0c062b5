import type { Outcome } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import type { LogFate, RecordFailure, TopicPartition } from '@epee/stream';
import type { Metrics } from '@epee/telemetry';

/** What the worker counts. */
export interface WorkerMetrics {
  result(result: ExtractionResult): void;
  deadLetter(failure: RecordFailure): void;
  transaction(outcome: 'committed' | 'unknown' | 'fenced'): void;
  /** A log is not what it was: records of it are gone, or it is another one. */
  logChanged(of: TopicPartition, fate: LogFate): void;
  /** Seconds that a sub-batch took in a stage. */
  stage(stage: 'extract' | 'commit', seconds: number): void;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LAYERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 24];

/** Registers the worker's metrics. */
export function createWorkerMetrics(metrics: Metrics): WorkerMetrics {
  const notes = metrics.counter({ name: 'epee_worker_notes_total', help: 'Notes with a result, by policy.', labels: ['policy'] });
  const images = metrics.counter({ name: 'epee_worker_images_total', help: 'Images with a result, by policy.', labels: ['policy'] });
  const rows = metrics.counter({ name: 'epee_worker_rows_total', help: 'Rows that went through a model.' });
  const run = metrics.counter({ name: 'epee_worker_run_layers_total', help: 'Layers that rows ran.' });
  const full = metrics.counter({ name: 'epee_worker_full_layers_total', help: 'Layers that rows would have run without exits.' });
  const deadLetters = metrics.counter({
    name: 'epee_worker_dead_letter_records_total',
    help: 'Records that became dead letters, by code.',
    labels: ['code', 'stage'],
  });
  const transactions = metrics.counter({
    name: 'epee_worker_transaction_batches_total',
    help: 'Transactions, one per sub-batch, by outcome.',
    labels: ['outcome'],
  });
  const gap = metrics.counter({
    name: 'epee_worker_gap_records_total',
    help: 'Records that were gone from the log before they were read.',
    labels: ['topic', 'partition'],
  });
  const logChanges = metrics.counter({
    name: 'epee_worker_log_errors_total',
    help: 'Times that a log was not what it was, by kind: cut, anew, truncated, beyond.',
    labels: ['topic', 'partition', 'kind'],
  });
  const stages = metrics.histogram({
    name: 'epee_worker_stage_seconds',
    help: 'Time of a sub-batch in a stage.',
    labels: ['stage'],
    buckets: SECONDS,
  });
  const labelsOf = ({ topic, partition }: TopicPartition) => ({ topic, partition: String(partition) });

  return {
    result({ kind, models, compute }) {
      (kind === 'image' ? images : notes).inc({ policy: models[0]?.policy ?? 'none' });
      rows.inc(compute.rows);
      run.inc(compute.layersRun);
      full.inc(compute.layersFull);
    },
    deadLetter: ({ code, stage }) => deadLetters.inc({ code, stage }),
    transaction: (outcome) => transactions.inc({ outcome }),
    logChanged: (of, { change, lost }) => {
      logChanges.inc({ ...labelsOf(of), kind: change });
      gap.inc(labelsOf(of), Number(lost));
    },
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
  };
}

/** Counts the rows that an engine answers: exit layers, waiting and computing time, by task. */
export function createRowMetrics(metrics: Metrics): (outcomes: readonly Outcome[]) => void {
  const layers = metrics.histogram({
    name: 'epee_worker_exit_layers',
    help: 'Layer after which rows left the model, by task.',
    labels: ['task'],
    buckets: LAYERS,
  });
  const exits = metrics.counter({
    name: 'epee_worker_exit_rows_total',
    help: 'Rows with an answer, by task and reason of their exit.',
    labels: ['task', 'exit_reason'],
  });
  const failed = metrics.counter({
    name: 'epee_worker_failed_rows_total',
    help: 'Rows without an answer, by task and code.',
    labels: ['task', 'code'],
  });
  const queue = metrics.histogram({
    name: 'epee_worker_queue_seconds',
    help: 'Time that rows waited for the engine, by task.',
    labels: ['task'],
    buckets: SECONDS,
  });
  const compute = metrics.counter({
    name: 'epee_worker_compute_seconds_total',
    help: "Rows' shares of the engine's time, by task.",
    labels: ['task'],
  });
  return (outcomes) => {
    for (const outcome of outcomes) {
      const { task } = outcome;
      if (outcome.kind === 'failed') {
        failed.inc({ task, code: outcome.error.code });
        continue;
      }
      layers.observe({ task }, outcome.exitLayer);
      exits.inc({ task, exit_reason: outcome.exitReason });
      queue.observe({ task }, outcome.queueMs / 1000);
      compute.inc({ task }, outcome.computeMs / 1000);
    }
  };
}

/** Counts the candidate pairs of entities that were not asked about: too many in their sentence, or too far apart for one row. */
export function createPairMetric(metrics: Metrics): (pairs: number) => void {
  const leftOut = metrics.counter({
    name: 'epee_worker_left_out_rows_total',
    help: 'Candidate pairs of entities that became no row.',
  });
  return (pairs) => leftOut.inc(pairs);
}
