import type { ChunkOutcome } from '@epee/redis';
import type { LogFate, TopicPartition } from '@epee/stream';
import type { Metrics } from '@epee/telemetry';

/** What the jobs service counts. */
export interface JobsMetrics {
  chunk(outcome: ChunkOutcome): void;
  failed(code: string): void;
  /** An import is as far ahead of the worker as it may be. */
  waiting(): void;
  /** Results and dead letters of imports were counted. */
  counted(entries: readonly { readonly code: string | null }[]): void;
  /** A log is not what it was: records of it are gone, or it is another one. */
  logChanged(of: TopicPartition, fate: LogFate): void;
}

/** Registers the metrics of the jobs service. */
export function createJobsMetrics(metrics: Metrics): JobsMetrics {
  const notes = metrics.counter({ name: 'epee_jobs_notes_total', help: 'Notes of imports that were sent.' });
  const unreadable = metrics.counter({ name: 'epee_jobs_unreadable_rows_total', help: 'Rows of imports that could not be read.' });
  const chunks = metrics.counter({ name: 'epee_jobs_chunk_batches_total', help: 'Chunks of imports that were sent.' });
  const failed = metrics.counter({
    name: 'epee_jobs_failed_errors_total',
    help: 'Imports that cannot be continued, by code.',
    labels: ['code'],
  });
  const waiting = metrics.counter({
    name: 'epee_jobs_held_back_batches_total',
    help: 'Times that a chunk waited because too many notes of its import wait for the worker.',
  });
  const counted = metrics.counter({
    name: 'epee_jobs_finished_notes_total',
    help: 'Notes of imports that have their result or are a dead letter.',
    labels: ['outcome'],
  });
  const gap = metrics.counter({
    name: 'epee_jobs_gap_records_total',
    help: 'Results and dead letters that were gone from their log before they were counted.',
    labels: ['topic', 'partition'],
  });
  const logChanges = metrics.counter({
    name: 'epee_jobs_log_errors_total',
    help: 'Times that a log was not what it was, by kind: cut, anew, beyond.',
    labels: ['topic', 'partition', 'kind'],
  });
  return {
    chunk({ notes: sent, problems }) {
      notes.inc(sent);
      unreadable.inc(problems.length);
      chunks.inc();
    },
    failed: (code) => failed.inc({ code }),
    waiting: () => waiting.inc(),
    counted(entries) {
      const deadLetters = entries.filter(({ code }) => code !== null).length;
      counted.inc({ outcome: 'extracted' }, entries.length - deadLetters);
      counted.inc({ outcome: 'dead-letter' }, deadLetters);
    },
    logChanged({ topic, partition }, { change, lost }) {
      logChanges.inc({ topic, partition: String(partition), kind: change });
      gap.inc({ topic, partition: String(partition) }, Number(lost));
    },
  };
}
