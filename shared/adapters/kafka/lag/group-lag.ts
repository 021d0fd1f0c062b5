import type { Offset } from '@epee/stream';
import type { Kafka, KafkaAdmin, PartitionRange } from '../types.ts';

/** What waits for a group, with or without members. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  /** Records that the group has not committed and could read now. */
  readonly records: number;
  /** Offsets behind an open transaction. */
  readonly blocked: number;
}

/** Up to so many offsets of a topic are read to tell records from markers and aborted ones; beyond, offsets are told. */
const COUNTED_OFFSETS = 1000n;

/**
 * Looks once at what waits for groups. Topics that do not exist are left out.
 * @throws EpeeError KAFKA_UNREACHABLE; refusals of the brokers
 */
export async function groupLags(
  kafka: Pick<Kafka, 'admin' | 'scan'>,
  groups: readonly { readonly group: string; readonly topic: string }[],
): Promise<GroupLag[]> {
  const admin = await kafka.admin();
  try {
    const lags: GroupLag[] = [];
    for (const { group, topic } of groups) {
      if ((await admin.partitions(topic)) === null) continue;
      const { ranges, blocked } = await waiting(admin, group, topic);
      lags.push({ group, topic, records: await count(kafka, topic, ranges), blocked: Number(blocked) });
    }
    return lags;
  } finally {
    await admin.close();
  }
}

async function waiting(admin: KafkaAdmin, group: string, topic: string): Promise<{ ranges: PartitionRange[]; blocked: bigint }> {
  const [ends, committed] = [await admin.ends(topic), await admin.committed(group, topic)];
  const from = new Map<number, Offset | null>(committed.map(({ partition, offset }) => [partition, offset]));
  let blocked = 0n;
  const ranges = ends.map(({ partition, low, stable, high }) => {
    const own = from.get(partition) ?? low;
    const start = own > low ? own : low;
    const end = stable > start ? stable : start;
    if (high > end) blocked += high - end;
    return { partition, from: start, to: end };
  });
  return { ranges: ranges.filter((range) => range.from < range.to), blocked };
}

async function count(kafka: Pick<Kafka, 'scan'>, topic: string, ranges: readonly PartitionRange[]): Promise<number> {
  const offsets = ranges.reduce((sum, { from, to }) => sum + (to - from), 0n);
  if (offsets === 0n || offsets > COUNTED_OFFSETS) return Number(offsets);
  let records = 0;
  await kafka.scan({
    topic,
    ranges,
    onRecords: (_partition, some) => {
      records += some.length;
    },
  });
  return records;
}
