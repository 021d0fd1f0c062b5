import type { BatchControl, FetchedBatch, FetchedLog, PartitionTransactions } from '@epee/kafka';
import type { Gate, Offset, TopicPartition } from '@epee/stream';
import type { Logger, Waits } from '@epee/telemetry';
import type { Surroundings, Waiting } from '@epee/work';
import type { ExtractRange } from '../prepare/extract.ts';
import type { WorkerMetrics } from '../worker-metrics.ts';
import type { Marking } from './marking.ts';

/** What a partition's worker needs. */
export interface PartitionDeps {
  readonly transactions: PartitionTransactions;
  readonly extract: ExtractRange;
  /** Bounds the sub-batches that are extracted at a time. */
  readonly gate: Pick<Gate, 'run' | 'enterAlone'>;
  readonly surroundings: Surroundings;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
  /** This process' name among the owners of marks, random. */
  readonly owner: string;
  /** Times that a process may die with a record alone in flight. */
  readonly maxCrashes: number;
  /** Called when work in flight moves on. */
  progress(of: TopicPartition): void;
  readonly waits: Pick<Waits, 'begin'>;
  /** Aborted when the worker gives up the work in flight. */
  readonly abandon: AbortSignal;
  /** Whether the worker takes no further sub-batches. */
  draining(): boolean;
}

/** What is known of a partition in an assignment. */
export interface Standing {
  /** The assignment, or null where the partition must be taken over anew before the next batch. */
  epoch: number | null;
  committed: Offset | null;
  /** Whether the mark on the broker is known to be an open one of ours, beside `committed`. */
  isMarked: boolean;
  /** Offset up to which there were only markers and aborted records behind `committed`; null: nothing is known of that. */
  passed: Offset | null;
  /** The log as it was met last; null: not yet, or whoever had it no longer answers. */
  log: FetchedLog | null;
}

/** A partition with what is known of it. */
export interface Partition extends PartitionDeps {
  readonly standing: Standing;
  readonly marking: Marking;
}

/** A batch on its way through its partition. */
export interface Passage extends Partition {
  readonly batch: FetchedBatch;
  readonly control: BatchControl;
  readonly waiting: Waiting;
}
