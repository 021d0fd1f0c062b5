import { type FetchedRecord, headerText, REPLAY_HEADERS } from '@epee/stream';

/** Where a replay record comes from. */
export interface Origin {
  readonly partition: number;
  readonly offset: bigint;
  readonly timeMs: number;
}

/** What the headers of a replay record say. */
export interface ReplayHead {
  readonly run: string;
  readonly variant: string;
  readonly origin: Origin;
  readonly rows: string | null;
  readonly code: string | null;
}

/** The headers of a replay record. */
export function toHeaders({ run, variant, origin, rows, code }: ReplayHead, topic: string): Record<string, string> {
  return {
    [REPLAY_HEADERS.run]: run,
    [REPLAY_HEADERS.variant]: variant,
    [REPLAY_HEADERS.originTopic]: topic,
    [REPLAY_HEADERS.originPartition]: String(origin.partition),
    [REPLAY_HEADERS.originOffset]: String(origin.offset),
    [REPLAY_HEADERS.originTime]: String(origin.timeMs),
    ...(rows === null ? {} : { [REPLAY_HEADERS.rows]: rows }),
    ...(code === null ? {} : { [REPLAY_HEADERS.code]: code }),
  };
}

/** What a replay record's headers say; null where they are not such headers. */
export function readHead(record: Pick<FetchedRecord, 'headers'>): ReplayHead | null {
  const text = (name: keyof typeof REPLAY_HEADERS) => headerText(record, REPLAY_HEADERS[name]);
  const [run, variant] = [text('run'), text('variant')];
  const [partition, offset, timeMs] = [text('originPartition'), text('originOffset'), text('originTime')];
  if (run === null || variant === null) return null;
  if (![partition, offset, timeMs].every((value) => value !== null && /^\d{1,19}$/.test(value))) return null;
  const origin = { partition: Number(partition), offset: BigInt(offset!), timeMs: Number(timeMs) };
  return { run, variant, origin, rows: text('rows'), code: text('code') };
}
