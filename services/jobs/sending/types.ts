import type { Kafka } from '@epee/kafka';
import type { Surroundings } from '@epee/work';
import type { JobsMetrics } from '../jobs-metrics.ts';
import type { JobsDeps, JobsOptions } from '../types.ts';

/** What sending chunks needs. */
export interface SendingDeps extends Pick<JobsDeps, 'codec' | 'store' | 'queue' | 'log'> {
  readonly kafka: Pick<Kafka, 'transactions' | 'admin'>;
  readonly options: JobsOptions;
  /** Topic of batch notes, and its partitions. */
  readonly topic: string;
  readonly partitions: number;
  /** Names this process; another one after every start. */
  readonly owner: string;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}
