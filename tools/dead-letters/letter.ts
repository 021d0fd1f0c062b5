import { EpeeError } from '@epee/errors';
import {
  type Attempt,
  DEAD_LETTER_HEADERS,
  type FetchedRecord,
  headerText,
  historyOf,
  isPolicyName,
  type Offset,
  POLICY_HEADER,
  type TopicPartition,
} from '@epee/stream';

/** The place of a dead letter in its topic. */
export interface LetterId {
  readonly partition: number;
  readonly offset: Offset;
}

/** A dead letter without its key and value, which may hold anything. */
export interface Letter extends LetterId {
  readonly code: string;
  readonly stage: string;
  readonly message: string;
  /** Null where its headers do not tell, as in a record that no service of this system wrote. */
  readonly origin: (TopicPartition & { readonly offset: Offset }) | null;
  /** Times that the record was worked on. */
  readonly attempts: number;
  /** How the attempts before the last one ended, oldest first. */
  readonly history: readonly Attempt[];
  /** When the record failed, by the clock of the service; null where its headers do not tell. */
  readonly failedMs: number | null;
  /** When the dead letter was written, by the clock of the broker: milliseconds since 1970 UTC. */
  readonly writtenMs: number;
  readonly policy: string | null;
  readonly keyBytes: number;
  /** Null where the record has no value. */
  readonly valueBytes: number | null;
}

const WORD = /^[A-Za-z][A-Za-z0-9_-]{0,59}$/;
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

/** Reads a record of the dead-letter topic. Headers that are not of the form that the services write are left out: they may hold anything. */
export function readLetter(partition: number, record: FetchedRecord): Letter {
  const text = (name: string, form: RegExp) => {
    const value = headerText(record, name);
    return value !== null && form.test(value) ? value : null;
  };
  const origin = {
    topic: text(DEAD_LETTER_HEADERS.originTopic, TOPIC),
    partition: text(DEAD_LETTER_HEADERS.originPartition, /^\d{1,9}$/),
    offset: text(DEAD_LETTER_HEADERS.originOffset, /^\d{1,19}$/),
  };
  const known = origin.topic !== null && origin.partition !== null && origin.offset !== null;
  const failed = text(DEAD_LETTER_HEADERS.time, /^\d{1,15}$/);
  const policy = headerText(record, POLICY_HEADER);
  return {
    partition,
    offset: record.offset,
    code: text(DEAD_LETTER_HEADERS.code, WORD) ?? 'unknown',
    stage: text(DEAD_LETTER_HEADERS.stage, WORD) ?? 'unknown',
    message: known ? (headerText(record, DEAD_LETTER_HEADERS.message) ?? '') : '',
    origin: known ? { topic: origin.topic!, partition: Number(origin.partition), offset: BigInt(origin.offset!) } : null,
    attempts: Number(text(DEAD_LETTER_HEADERS.attempts, /^\d{1,6}$/) ?? 1),
    history: historyOf(record),
    failedMs: failed === null ? null : Number(failed),
    writtenMs: record.timestampMs,
    policy: policy !== null && isPolicyName(policy) ? policy : null,
    keyBytes: record.key?.length ?? 0,
    valueBytes: record.value?.length ?? null,
  };
}

/** A dead letter's id as it is shown and typed: `PARTITION:OFFSET`. */
export const idText = ({ partition, offset }: LetterId): string => `${partition}:${offset}`;

/** Reads `PARTITION:OFFSET`. @throws EpeeError USAGE_INVALID */
export function parseId(text: string): LetterId {
  const match = /^(\d{1,9}):(\d{1,19})$/.exec(text);
  if (match !== null) return { partition: Number(match[1]), offset: BigInt(match[2]!) };
  throw new EpeeError('USAGE_INVALID', `A dead letter is named PARTITION:OFFSET, such as 0:42, not ${JSON.stringify(text.slice(0, 40))}`, {
    stage: 'cli',
    hint: 'epee dead-letters list shows the names in its first column.',
  });
}

/** What is known of a dead letter: `open`, or what was done with it. */
export type LetterState = 'open' | 'retried' | 'discarded';

/** A dead letter as it is shown: as {@link Letter}, its times in ISO 8601 (UTC), offsets as text. */
export interface LetterReport {
  /** Its id, `PARTITION:OFFSET`. */
  readonly letter: string;
  readonly state: LetterState;
  readonly code: string;
  readonly stage: string;
  readonly message: string;
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly attempts: number;
  readonly history: readonly { readonly code: string; readonly time: string }[];
  readonly failed: string | null;
  readonly written: string;
  readonly policy: string | null;
  readonly keyBytes: number;
  readonly valueBytes: number | null;
}

/** Makes the report of a dead letter. */
export function reportOf(letter: Letter, state: LetterState): LetterReport {
  const { origin, history, failedMs, writtenMs, code, stage, message, attempts, policy, keyBytes, valueBytes } = letter;
  return {
    letter: idText(letter),
    state,
    code,
    stage,
    message,
    origin: origin === null ? null : { ...origin, offset: origin.offset.toString() },
    attempts,
    history: history.map(({ code, timeMs }) => ({ code, time: isoTime(timeMs) })),
    failed: failedMs === null ? null : isoTime(failedMs),
    written: isoTime(writtenMs),
    policy,
    keyBytes,
    valueBytes,
  };
}

/** A time as ISO 8601 in UTC; one that no calendar has as its number. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
