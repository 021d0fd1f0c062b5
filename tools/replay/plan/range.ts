import { EpeeError } from '@epee/errors';
import type { PartitionOffsets, PartitionRange } from '@epee/kafka';
import type { RangeRequest, RequestedOffsets } from './parse-range.ts';

/** What a topic holds, in words. */
export const holdings = (topic: string, kept: readonly PartitionOffsets[]): string =>
  `${topic} holds ${kept.map(({ partition, low, high }) => (low === high ? `nothing in partition ${partition}` : `offsets ${low} to ${high - 1n} in partition ${partition}`)).join(', ')}`;

/** The topic as it is now. */
export interface TopicNow {
  readonly topic: string;
  readonly kept: readonly PartitionOffsets[];
  /** First offset at or after a time, per partition; the end where there is none. */
  readonly offsetsAt: (timeMs: number) => Promise<readonly { readonly partition: number; readonly offset: bigint }[]>;
}

/**
 * The offsets that a request means on a topic, one range per partition; partitions without a record
 * in it are left out. They are settled once, so that records which arrive later are not part of the
 * range.
 * @throws EpeeError REPLAY_RANGE_INVALID where it reaches beyond what the topic holds,
 *   REPLAY_RANGE_EMPTY where nothing lies in it
 */
export async function settleRange(request: RangeRequest, now: TopicNow): Promise<PartitionRange[]> {
  const { topic, kept } = now;
  if (kept.every(({ low, high }) => low === high)) throw empty(`${topic} holds no record`, 'Publish some first: epee ingest.');
  const ranges = request.kind === 'offsets' ? offsetRanges(request.partitions, now) : await timeRanges(request, now);
  const filled = ranges.filter(({ from, to }) => from < to);
  if (filled.length > 0) return filled.sort((one, other) => one.partition - other.partition);
  throw empty(
    `No record of ${topic} lies in the range${request.kind === 'time' ? ` ${timeWords(request)}` : ''}`,
    `${holdings(topic, kept)}.`,
  );
}

function offsetRanges(partitions: readonly RequestedOffsets[], { topic, kept }: TopicNow): PartitionRange[] {
  return partitions.map(({ partition, from, to }) => {
    const own = kept.find((each) => each.partition === partition);
    if (own === undefined) throw invalid(`${topic} has no partition ${partition}`, `It has ${kept.length}, counted from 0.`);
    const hint = `${holdings(topic, kept)}.`;
    if (from !== null && from < own.low)
      throw invalid(`--offsets ${partition}:${from}-...: records before ${own.low} are no longer kept`, hint);
    if (from !== null && from >= own.high) throw invalid(`--offsets ${partition}:${from}-... begins beyond the end of the partition`, hint);
    if (to !== null && to > own.high)
      throw invalid(`--offsets ${partition}:...-${to} ends beyond the end of the partition, ${own.high}`, hint);
    if (to !== null && to <= own.low) throw invalid(`--offsets ${partition}:...-${to}: records before ${own.low} are no longer kept`, hint);
    return { partition, from: from ?? own.low, to: to ?? own.high };
  });
}

async function timeRanges(request: Exclude<RangeRequest, { kind: 'offsets' }>, { kept, offsetsAt }: TopicNow): Promise<PartitionRange[]> {
  const at = async (timeMs: number | null) =>
    timeMs === null ? new Map<number, bigint>() : new Map((await offsetsAt(timeMs)).map(({ partition, offset }) => [partition, offset]));
  const [from, to] = request.kind === 'all' ? [new Map(), new Map()] : await Promise.all([at(request.fromMs), at(request.toMs)]);
  const within = (offset: bigint | undefined, { low, high }: PartitionOffsets, otherwise: bigint) =>
    offset === undefined ? otherwise : offset < low ? low : offset > high ? high : offset;
  return kept.map((own) => ({
    partition: own.partition,
    from: within(from.get(own.partition), own, own.low),
    to: within(to.get(own.partition), own, own.high),
  }));
}

/** A warning where a range of time may begin with records that are no longer kept, else null. */
export function unkeptBefore(request: RangeRequest, ranges: readonly PartitionRange[], kept: readonly PartitionOffsets[]): string | null {
  if (request.kind !== 'time' || request.fromMs === null) return null;
  const cut = kept.filter(({ partition, low }) => low > 0n && ranges.some((range) => range.partition === partition && range.from === low));
  if (cut.length === 0) return null;
  const where = cut.map(({ partition, low }) => `before offset ${low} in partition ${partition}`).join(', ');
  return `Records ${where} are no longer kept: the range may have begun earlier than what is replayed.`;
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();

const timeWords = ({ fromMs, toMs }: { readonly fromMs: number | null; readonly toMs: number | null }) =>
  [fromMs === null ? '' : `from ${iso(fromMs)}`, toMs === null ? '' : `to ${iso(toMs)}`].filter(Boolean).join(' ');

function invalid(message: string, hint?: string): EpeeError {
  return new EpeeError('REPLAY_RANGE_INVALID', message, { stage: 'cli', ...(hint === undefined ? {} : { hint }) });
}

const empty = (message: string, hint: string) => new EpeeError('REPLAY_RANGE_EMPTY', message, { stage: 'cli', hint });
