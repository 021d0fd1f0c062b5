import type { ResultJson } from '@epee/records';

/** A partition of a topic. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** One result to be projected. */
export interface ProjectionEntry {
  readonly offset: bigint;
  readonly documentId: string;
  readonly version: bigint;
  readonly patientRef: string | null;
  /** When the result was assembled, milliseconds since 1970 UTC. */
  readonly processedAtMs: number;
  /** The result as JSON text ({@link ResultJson}). */
  readonly json: string;
}

/** Results of one partition, in the order of their offsets. */
export interface ProjectionBatch extends Partition {
  readonly entries: readonly ProjectionEntry[];
  /** Offset that Redis has acknowledged before for this partition; null where nothing was. */
  readonly acknowledged: bigint | null;
  /** Number of the life of the log that they are of. @default not known */
  readonly life?: bigint | null;
  /**
   * Offset up to which the partition is projected when the entries are: the last entry's or, past
   * markers and dead letters, a later one.
   */
  readonly through: bigint;
}

/** What became of an entry: `written`; `same`: it was there; `stale`: something newer was. */
export type EntryOutcome = 'written' | 'same' | 'stale';

/**
 * What became of a batch. `lost`: Redis stores a smaller offset than it had acknowledged (a
 * failover to a replica that lagged, or a flush), or another life, so that the partition must be
 * projected again from after `stored` (null: from its beginning).
 */
export type ProjectionOutcome =
  | { readonly kind: 'moved'; readonly stored: bigint; readonly entries: readonly EntryOutcome[] }
  | { readonly kind: 'lost'; readonly stored: bigint | null };

/** The latest result of a document. */
export interface StoredResult {
  readonly version: bigint;
  readonly topicPartition: string;
  readonly offset: bigint;
  readonly result: ResultJson;
  readonly updatedAtMs: number;
}

/** A document in a patient's list. */
export interface PatientDocument {
  readonly documentId: string;
  readonly version: bigint;
  readonly processedAtMs: number;
}

/**
 * The projection of the results topic in Redis. Every method throws EpeeError REDIS_UNREACHABLE or
 * REDIS_REFUSED.
 */
export interface ProjectionStore {
  /**
   * Projects results; may be repeated with the same or older records, in any order, and ends in the
   * newest version of each document.
   */
  project(batch: ProjectionBatch): Promise<ProjectionOutcome>;
  /** Last projected offset of each partition, null where there is none. */
  storedOffsets(partitions: readonly Partition[]): Promise<(bigint | null)[]>;
  /**
   * Says that a partition's log is read now, and answers the number of its life: a greater one than
   * before where the topic's id is another one, or where `isOther`. A new life has no offset yet.
   * @param id of the topic, hex digits
   */
  enterLife(partition: Partition, id: string, isOther?: boolean): Promise<{ readonly number: bigint; readonly isNew: boolean }>;
  /** Sets or, with null, forgets a partition's offset. */
  resetOffset(partition: Partition, offset: bigint | null): Promise<void>;
  /** The latest result of a document, or null. */
  getResult(documentId: string): Promise<StoredResult | null>;
  /** A patient's documents, the latest result first. @param limit @default 1000 */
  listByPatient(patientRef: string, limit?: number): Promise<PatientDocument[]>;
  /** Number of documents with a result. Walks over all keys. */
  count(): Promise<number>;
  close(): void;
}
