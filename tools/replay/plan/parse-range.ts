import { EpeeError } from '@epee/errors';

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
 * Reads the flags that name a range. Times are ISO 8601 (a day alone begins at 00:00 UTC; a time
 * without a zone is UTC) or milliseconds since 1970; offsets are `PARTITION:FROM-TO`, either end
 * may be left out.
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

const iso = (timeMs: number) => new Date(timeMs).toISOString();

const invalid = (message: string) => new EpeeError('REPLAY_RANGE_INVALID', message, { stage: 'cli' });
