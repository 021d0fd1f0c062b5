import type { Offset } from './types.ts';

/**
 * Which log an offset was committed in. A topic that is deleted and made anew has another log: its
 * offsets look the same and mean other records.
 */
export interface LogLife {
  /** Id of the topic, which another topic of the same name does not have. */
  readonly id: string;
  /** Leader epoch of the last record before the offset; null where it is not known. */
  readonly epoch: number | null;
}

/** A position that was stored, and the log that it is a place in; null where that is not known. */
export interface StoredPosition {
  readonly offset: Offset;
  readonly life: LogLife | null;
}

/** A log as it is now. */
export interface LogNow {
  /** Null where the brokers do not tell (Kafka before 3.1). */
  readonly id: string | null;
  /** First offset that is kept. */
  readonly start: Offset;
  /**
   * One past the last offset that the log has of the position's leader epoch; null where it is not
   * known. Less than the position means that the log was truncated.
   */
  readonly epochEnd: Offset | null;
}

/** What became of a log since a position in it was stored. */
export type LogChange =
  /** Nothing that matters. */
  | 'none'
  /** Records behind the position were deleted before they were read: retention, or by hand. */
  | 'cut'
  /** The topic was deleted and made anew. */
  | 'anew'
  /** The log lost its end, and may have other records there by now. */
  | 'truncated'
  /** The log ends before the position, and nothing tells where it was cut. */
  | 'beyond';

/** What a log line says of a change. */
export const LOG_CHANGES = {
  none: 'The log is what it was',
  cut: 'Records were deleted before they were read, by retention or by hand; resuming behind them',
  anew: 'The topic was deleted and made anew; reading the new log from its start',
  truncated: 'The log lost its end, with records that had been read; resuming where its new records begin',
  beyond: 'The stored offset is beyond the end of the log; reading the log from its start',
} as const satisfies Record<LogChange, string>;

/** Where a reader of a log resumes. */
export interface LogFate {
  readonly change: LogChange;
  readonly resumeAt: Offset;
  /** Records of this log that are gone unread: markers among them, as they take offsets too. */
  readonly lost: bigint;
}

/**
 * Decides where to resume in a log from a stored position. No record of the log's present life is
 * left out, and none that was worked on in this life is read again, except where the log ends before
 * the position and nothing tells why: then it is read from its start.
 * @param isRefused whether the broker said that the position is outside of the log
 */
export function resumeIn({ offset, life }: StoredPosition, { id, start, epochEnd }: LogNow, isRefused: boolean): LogFate {
  const isKnown = life !== null && id !== null;
  if (isKnown && life.id !== id) return { change: 'anew', resumeAt: start, lost: start };
  const end = isKnown && epochEnd !== null && epochEnd < offset ? epochEnd : offset;
  const resumeAt = start > end ? start : end;
  const lost = resumeAt - end;
  if (end < offset) return { change: 'truncated', resumeAt, lost };
  if (lost > 0n) return { change: 'cut', resumeAt, lost };
  return isRefused ? { change: 'beyond', resumeAt: start, lost: 0n } : { change: 'none', resumeAt, lost };
}

/** A leader epoch as a number; null where there is none: records of old formats have -1 or nothing. */
export const leaderEpoch = (reported: number | undefined): number | null => (reported === undefined || reported < 0 ? null : reported);

const FORM = /^(.*?) ?log=([0-9a-f]{32})(?:\/(\d{1,10}))?$/;

/**
 * A text for an offset's metadata with the log that the offset is a place in: at most 48 letters
 * more, ` log=ID/EPOCH`.
 */
export function withLife(text: string, life: LogLife | null): string {
  if (life === null) return text;
  return `${text}${text === '' ? '' : ' '}log=${life.id}${life.epoch === null ? '' : `/${life.epoch}`}`;
}

/** Reads what {@link withLife} wrote. A text without a log, or of another form, is answered as it is. */
export function splitLife(metadata: string): { readonly text: string; readonly life: LogLife | null } {
  const [, text, id, epoch] = FORM.exec(metadata) ?? [];
  if (id === undefined) return { text: metadata, life: null };
  return { text: text!, life: { id, epoch: epoch === undefined ? null : Number(epoch) } };
}
