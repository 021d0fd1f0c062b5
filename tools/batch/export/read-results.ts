import { randomUUID } from 'node:crypto';
import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { type Kafka, type PartitionRange, readRanges, topicMissing } from '@epee/kafka';
import type { ExtractionResult } from '@epee/records';
import { BATCH_HEADER, headerText } from '@epee/stream';

/** Which results are read. */
export interface ResultRange {
  readonly topic: string;
  readonly job: string;
  /** First offset by partition: results of the import come after. */
  readonly from: Readonly<Record<string, string>>;
  /** Results that there are; reading ends when they are found. */
  readonly count: number;
}

/** What reading needs. */
export interface ReadDeps {
  readonly kafka: Pick<Kafka, 'consume' | 'admin'>;
  readonly codec: Pick<Codec, 'decodeResult'>;
  readonly signal: AbortSignal;
  /** Takes results as they come; one call at a time. */
  onResults(results: readonly ExtractionResult[]): Promise<void>;
}

/**
 * Reads an import's results from the results topic, as they were committed, with a group of its own that is deleted afterwards.
 * @returns how many were found: fewer where the topic no longer has them
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, INTERRUPTED; what `onResults` throws
 */
export async function readResults(
  { topic, job, from, count }: ResultRange,
  { kafka, codec, signal, onResults }: ReadDeps,
): Promise<number> {
  if (count === 0) return 0;
  const group = `epee.export.${randomUUID()}`;
  const ranges = await rangesOf(kafka, topic, from);
  const enough = new AbortController();
  let found = 0;
  await readRanges(kafka, {
    group,
    topic,
    ranges,
    concurrency: 1,
    signal: AbortSignal.any([signal, enough.signal]),
    async onBatch({ records }) {
      const own = records.filter((record) => headerText(record, BATCH_HEADER) === job);
      const results = await Promise.all(own.map(({ value }) => codec.decodeResult(value)));
      if (results.length > 0) await onResults(results);
      found += results.length;
      if (found >= count) enough.abort();
    },
  }).finally(() => deleteGroup(kafka, group));
  if (signal.aborted) throw new EpeeError('INTERRUPTED', 'interrupted', { stage: 'cli' });
  return found;
}

async function rangesOf(kafka: Pick<Kafka, 'admin'>, topic: string, from: ResultRange['from']): Promise<PartitionRange[]> {
  const admin = await kafka.admin();
  try {
    if ((await admin.partitions(topic)) === null) throw topicMissing(topic);
    const offsets = await admin.offsets(topic);
    return offsets.map(({ partition, low, high }) => {
      const begin = BigInt(from[String(partition)] ?? 0);
      return { partition, from: begin > low ? begin : low, to: high };
    });
  } finally {
    await admin.close();
  }
}

async function deleteGroup(kafka: Pick<Kafka, 'admin'>, group: string): Promise<void> {
  // Kafka forgets an empty group by itself where this fails.
  const admin = await kafka.admin().catch(() => null);
  await admin?.deleteGroup(group).catch(() => undefined);
  await admin?.close();
}
