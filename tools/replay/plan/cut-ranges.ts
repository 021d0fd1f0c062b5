import { type PartitionRange, readRanges } from '@epee/kafka';
import { type Cluster, withReadingGroup } from '../cluster.ts';

/**
 * Shortens ranges so that they hold at most `limit` records together, each partition by its share.
 * Offsets alone do not tell, as markers and removed records take some: where ranges are cut, their
 * records are counted by reading them.
 */
export async function cutRanges(
  { kafka, admin }: Cluster,
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

/**
 * Shares a limit of records out over ranges, by their size; never more than a range's own. Ranges
 * that get none are left out.
 * @returns how many records each partition may give
 */
export function shareLimit(ranges: readonly PartitionRange[], limit: number): Map<number, number> {
  const sizes = ranges.map(({ partition, from, to }) => ({ partition, size: Number(to - from) }));
  const all = sizes.reduce((sum, { size }) => sum + size, 0);
  if (limit >= all) return new Map(sizes.map(({ partition, size }) => [partition, size]));
  // Largest remainders: whole parts first, then one more each to those that lost most by rounding.
  const shares = sizes.map(({ partition, size }) => ({ partition, whole: Math.floor((limit * size) / all), rest: (limit * size) % all }));
  const left = limit - shares.reduce((sum, { whole }) => sum + whole, 0);
  const byRest = [...shares].sort((one, other) => other.rest - one.rest || one.partition - other.partition);
  const extra = new Set(byRest.slice(0, left).map(({ partition }) => partition));
  return new Map(
    shares
      .map(({ partition, whole }): [number, number] => [partition, whole + Number(extra.has(partition))])
      .filter(([, count]) => count > 0),
  );
}
