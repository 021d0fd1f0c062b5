import { SEND_LIMITS } from './limits.ts';
import { partitionForKey } from './partitioner.ts';
import { planSubBatches, type SubBatchLimits } from './sub-batches.ts';
import type { OutgoingRecord, PartitionSend } from './types.ts';

const RECORD_OVERHEAD_BYTES = 32;

/** Bytes that a record takes in a send, about, never less: key, value, headers and lengths. */
export function recordBytes(record: OutgoingRecord): number {
  const text = (value: Buffer | string | null) => (value === null ? 0 : Buffer.byteLength(value));
  let bytes = RECORD_OVERHEAD_BYTES + text(record.key) + (record.value?.length ?? 0);
  for (const [name, value] of Object.entries(record.headers ?? {})) bytes += 8 + Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}

/** Records for a topic, and how many partitions it has. */
export interface TopicRecords {
  readonly topic: string;
  readonly partitions: number;
  readonly records: readonly OutgoingRecord[];
  /** Partition of records without a key, modulo `partitions`. */
  readonly keylessPartition: number;
}

/**
 * The sends that write a topic's records: each names one partition and stays within `limits`; sends of one partition keep the records' order. Records with the
 * same key always share a partition.
 */
export function planSends(
  { topic, partitions, records, keylessPartition }: TopicRecords,
  limits: SubBatchLimits = SEND_LIMITS,
): PartitionSend[] {
  const byPartition = new Map<number, OutgoingRecord[]>();
  for (const record of records) {
    const partition = record.key === null ? keylessPartition % partitions : partitionForKey(record.key, partitions);
    const group = byPartition.get(partition);
    if (group === undefined) byPartition.set(partition, [record]);
    else group.push(record);
  }
  return [...byPartition].flatMap(([partition, group]) =>
    planSubBatches(group.map(recordBytes), limits).map(({ start, end }) => ({ topic, partition, records: group.slice(start, end) })),
  );
}
