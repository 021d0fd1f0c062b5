import type { Kafka } from '@epee/kafka';
import type { Surroundings } from '@epee/work';
import type { JobsMetrics } from '../jobs-metrics.ts';
import type { JobsDeps, JobsOptions } from '../types.ts';

/** What sending chunks needs. */
export interface SendingDeps extends Pick<JobsDeps, 'codec' | 'store' | 'queue' | 'log'> {
  readonly kafka: Pick<Kafka, 'transactions' | 'admin'>;
  readonly options: JobsOptions;
  /** Topic of batch notes, its partitions, and the bytes that a record may have there. */
  readonly topic: string;
  readonly partitions: number;
  readonly maxBytes: number;
  /** Names this process; another one after every start. */
  readonly owner: string;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}
