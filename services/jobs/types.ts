import type { Codec } from '@epee/avro';
import type { JobsConfig } from '@epee/config';
import type { Kafka } from '@epee/kafka';
import type { ChunkQueue, QueueOptions } from '@epee/queue';
import type { BatchStore } from '@epee/redis';
import type { Logger, Metrics } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';

/** Options that the jobs service reads. */
export type JobsOptions = Pick<
  JobsConfig,
  'consumer' | 'topics' | 'http' | 'stopTimeoutMs' | 'noteMaxBytes' | 'folders' | 'concurrency' | 'maxAheadNotes' | 'policies'
>;

/** What the jobs service works with. It closes store and queue. */
export interface JobsDeps {
  readonly kafka: Kafka;
  readonly codec: Pick<Codec, 'encodeNote' | 'decodeResult'>;
  readonly store: BatchStore;
  readonly queue: ChunkQueue;
  readonly queueOptions: QueueOptions;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** @default the process' clocks */
  readonly surroundings?: Surroundings;
}

/** A running jobs service. */
export interface RunningJobs {
  /** Port of health and metrics. */
  readonly port: number;
  /** Finishes the chunks in flight, or leaves them after `stopTimeoutMs`. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects with what ended the service. */
  readonly done: Promise<void>;
}
