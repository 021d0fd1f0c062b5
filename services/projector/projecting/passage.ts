import type { Codec } from '@epee/avro';
import type { BatchControl, FetchedBatch } from '@epee/kafka';
import type { ProjectionStore } from '@epee/redis';
import type { Offset, TopicPartition } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';
import type { ProjectorMetrics } from '../projector-metrics.ts';
import type { FailedRecord } from './dead-letters.ts';

/** What projecting needs. */
export interface ProjectingDeps {
  readonly store: Pick<ProjectionStore, 'project' | 'storedOffsets' | 'resetOffset' | 'enterLife'>;
  readonly codec: Pick<Codec, 'decodeResult'>;
  sendDeadLetters(failed: readonly FailedRecord[], origin: TopicPartition): Promise<void>;
  /** First offset that the broker still has. */
  lowOffset(partition: number): Promise<Offset>;
  readonly metrics: ProjectorMetrics;
  readonly log: Logger;
  readonly surroundings: Surroundings;
}

/** What is known of a partition. */
export interface PartitionState {
  /** Assignment of which the rest is known; null before the first one. */
  epoch: number | null;
  /** Last offset that Redis has acknowledged; null where it has none. */
  acknowledged: Offset | null;
  /** Log that is read, and the number of its life in Redis; null where neither is known. */
  life: { readonly id: string; readonly number: bigint } | null;
  /** Everything before it was handled once: it gets no dead letters again, and no commit. */
  handled: Offset | null;
}

/** A batch on its way into Redis. */
export interface Passage {
  readonly of: TopicPartition;
  readonly batch: FetchedBatch;
  readonly control: BatchControl;
  readonly state: PartitionState;
  /** Repeats work while it fails for a reason that may pass. */
  readonly insist: <T>(work: () => Promise<T>) => Promise<T>;
}
