import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaOptions, ScanOptions } from '../types.ts';
import { readRanges } from './read-ranges.ts';

/**
 * Reads ranges of a topic's committed records, see {@link ScanOptions}, in a group of its own, which is deleted afterwards.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING; what `onRecords` throws; the signal's reason when it is aborted
 */
export async function scanTopic(
  kafka: Pick<Kafka, 'consume' | 'admin'>,
  { clientId }: Pick<KafkaOptions, 'clientId'>,
  { topic, ranges, onRecords, signal }: ScanOptions,
): Promise<void> {
  const group = `${clientId}.scan.${randomUUID()}`;
  try {
    await readRanges(kafka, {
      group,
      topic,
      ranges,
      concurrency: 1,
      onBatch: async ({ partition, records }) => onRecords(partition, records),
      ...(signal === undefined ? {} : { signal }),
    });
    signal?.throwIfAborted();
  } finally {
    await forget(kafka, group);
  }
}

/** The group holds nothing; where it cannot be deleted (a right that an operator may lack), the broker forgets it by itself. */
async function forget(kafka: Pick<Kafka, 'admin'>, group: string): Promise<void> {
  const admin = await kafka.admin().catch(() => null);
  await admin?.deleteGroup(group).catch(() => undefined);
  await admin?.close();
}
