import { EpeeError } from '@epee/errors';
import type { PartitionOffsets, PartitionRange } from '@epee/kafka';

/** Which part of a topic was asked for. */
export type RangeRequest =
  | { readonly kind: 'all' }
  /** Milliseconds since 1970 UTC; `toMs` exclusive. */
  | { readonly kind: 'time'; readonly fromMs: number | null; readonly toMs: number | null }
  | { readonly kind: 'offsets'; readonly partitions: readonly RequestedOffsets[] };

/** Offsets of one partition, `to` exclusive; null: the first kept, the end. */
export interface RequestedOffsets {
  readonly partition: number;
  readonly from: bigint | null;
  readonly to: bigint | null;
}

/** What `--from`, `--to` and `--offsets` say. */
export interface RangeFlags {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly offsets?: readonly string[] | undefined;
}

const OFFSETS = /^(\d{1,9}):(\d{0,19})-(\d{0,19})$/;
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Reads the flags that name a range. Times are ISO 8601 (a day alone begins at 00:00 UTC; a time without a zone is UTC) or milliseconds since 1970; offsets are
 * `PARTITION:FROM-TO`, either end may be left out.
 * @throws EpeeError REPLAY_RANGE_INVALID
 */
export function parseRange({ from, to, offsets }: RangeFlags): RangeRequest {
  if (offsets !== undefined) {
    if (from !== undefined || to !== undefined) throw invalid('--offsets cannot be used together with --from or --to');
    const partitions = offsets.flatMap((flag) => flag.split(',')).map(parseOffsets);
    const twice = partitions.find(({ partition }, at) => partitions.findIndex((other) => other.partition === partition) !== at);
    if (twice !== undefined) throw invalid(`--offsets names partition ${twice.partition} twice`);
    return { kind: 'offsets', partitions };
  }
  if (from === undefined && to === undefined) return { kind: 'all' };
  const [fromMs, toMs] = [parseTime('--from', from), parseTime('--to', to)];
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    throw invalid(`--from ${iso(fromMs)} is not before --to ${iso(toMs)}: there is nothing between them`);
  return { kind: 'time', fromMs, toMs };
}

function parseOffsets(text: string): RequestedOffsets {
  const match = OFFSETS.exec(text.trim());
  if (match === null)
    throw invalid(`--offsets must be PARTITION:FROM-TO, such as 0:100-200 or 1:50-, not ${JSON.stringify(text.slice(0, 40))}`);
  const end = (digits: string) => (digits === '' ? null : BigInt(digits));
  const requested = { partition: Number(match[1]), from: end(match[2]!), to: end(match[3]!) };
  if (requested.from !== null && requested.to !== null && requested.from >= requested.to)
    throw invalid(`--offsets ${text.trim()} ends before it begins; TO is not included`);
  return requested;
}

function parseTime(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{11,15}$/.test(text)) return Number(text);
  const ms = TIME.test(text) ? Date.parse(/T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw invalid(
    `${flag} must be a time such as 2026-03-01, 2026-03-01T08:30:00Z or 1772354400000, not ${JSON.stringify(text.slice(0, 40))}`,
  );
}

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
 * The offsets that a request means on a topic, one range a partition; partitions without a record in it are left out. They are settled once, so that records which arrive
 * later are not part of the range.
 * @throws EpeeError REPLAY_RANGE_INVALID where it reaches beyond what the topic holds, REPLAY_RANGE_EMPTY where nothing lies in it
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

/** A warning where a range of time may have begun with records that the topic no longer keeps, else null. */
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

/**
 * Shares a limit of records out over ranges, by their size; never more than a range's own. Ranges that get none are left out.
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

function invalid(message: string, hint?: string): EpeeError {
  return new EpeeError('REPLAY_RANGE_INVALID', message, { stage: 'cli', ...(hint === undefined ? {} : { hint }) });
}

const empty = (message: string, hint: string) => new EpeeError('REPLAY_RANGE_EMPTY', message, { stage: 'cli', hint });
