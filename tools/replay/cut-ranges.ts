import { type Kafka, type KafkaAdmin, type PartitionRange, readRanges } from '@epee/kafka';
import { shareLimit } from './range.ts';
import { withReadingGroup } from './runs-store.ts';

/**
 * Shortens ranges so that they hold at most `limit` records together, each partition by its share. Offsets alone do not tell, as markers and removed records take
 * some: where ranges are cut, their records are counted by reading them.
 */
export async function cutRanges(
  kafka: Kafka,
  admin: KafkaAdmin,
  { topic, ranges, limit, signal }: { topic: string; ranges: readonly PartitionRange[]; limit: number; signal: AbortSignal },
): Promise<PartitionRange[]> {
  const shares = shareLimit(ranges, limit);
  const sized = ranges.filter(({ partition }) => shares.has(partition));
  const toCount = sized.filter(({ partition, from, to }) => shares.get(partition)! < Number(to - from));
  const ends = new Map<number, bigint>();
  const left = new Map(toCount.map(({ partition }) => [partition, shares.get(partition)!]));
  const enough = new AbortController();
  await withReadingGroup(admin, (group) =>
    readRanges(kafka, {
      group,
      topic,
      ranges: toCount,
      signal: AbortSignal.any([signal, enough.signal]),
      onBatch: async ({ partition, records }) => {
        const wanted = left.get(partition)!;
        const last = records[Math.min(wanted, records.length) - 1];
        if (wanted > 0 && last !== undefined) ends.set(partition, last.offset + 1n);
        left.set(partition, Math.max(0, wanted - records.length));
        if ([...left.values()].every((count) => count === 0)) enough.abort();
      },
    }),
  );
  signal.throwIfAborted();
  return sized.map((range) => (left.has(range.partition) ? { ...range, to: ends.get(range.partition) ?? range.to } : range));
}
