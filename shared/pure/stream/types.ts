import type { RecordFailure } from './failures.ts';

/** Offsets are 64-bit: bigint, never number. */
export type Offset = bigint;

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record as it was read from a topic. `key` and `value` are the bytes as they were written. */
export interface FetchedRecord {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header bytes by name; of a repeated header, the first. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Milliseconds since 1970 UTC, as the broker keeps it. */
  readonly timestampMs: number;
  /** Epoch of the leader that wrote it; null or left out where it is not known. */
  readonly leaderEpoch?: number | null;
  /**
   * Why this record must not be decoded, known before anybody tried. It takes the place of a stored batch that cannot be unpacked (its value is that batch as
   * stored, its offset the last one), or it ended the process again and again.
   */
  readonly failure?: RecordFailure;
}

/** A record to be written. Header values are sent as UTF-8. */
export interface OutgoingRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Records for one partition, in the order in which they are to be written. */
export interface PartitionSend extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}
