import { historyOf, historyText } from './attempts.ts';
import type { RecordFailure } from './failures.ts';
import { batchHeader, DEAD_LETTER_HEADERS, headerText, POLICY_HEADER, RETRY_HEADERS } from './headers.ts';
import { isPolicyName } from './policy-names.ts';
import { recordBytes } from './sends.ts';
import type { FetchedRecord, OutgoingRecord, TopicPartition } from './types.ts';

/** Longest `epee-message`, UTF-16 units. */
export const DEAD_LETTER_MESSAGE_MAX_LENGTH = 500;

/** What a dead letter is made from. */
export interface DeadLetterInput {
  readonly record: FetchedRecord;
  readonly origin: TopicPartition;
  readonly failure: RecordFailure;
  /** Times that the record was worked on, at least 1. */
  readonly attempts: number;
  /** When it failed, milliseconds since 1970 UTC. */
  readonly timeMs: number;
}

/**
 * The dead letter of a record: its key and value byte for byte, and headers that say why and where from. Of the record's own headers only a well-formed
 * policy name and batch id are kept, so that the dead letter can be sent again and counted, and a well-formed history of earlier attempts; others may hold
 * anything.
 */
export function deadLetter({ record, origin, failure, attempts, timeMs }: DeadLetterInput): OutgoingRecord {
  const policy = headerText(record, POLICY_HEADER);
  const history = historyText(historyOf(record));
  return {
    key: record.key,
    value: record.value,
    headers: {
      [DEAD_LETTER_HEADERS.code]: failure.code,
      [DEAD_LETTER_HEADERS.stage]: failure.stage,
      [DEAD_LETTER_HEADERS.message]: failure.message.slice(0, DEAD_LETTER_MESSAGE_MAX_LENGTH),
      [DEAD_LETTER_HEADERS.originTopic]: origin.topic,
      [DEAD_LETTER_HEADERS.originPartition]: String(origin.partition),
      [DEAD_LETTER_HEADERS.originOffset]: String(record.offset),
      [DEAD_LETTER_HEADERS.attempts]: String(attempts),
      [DEAD_LETTER_HEADERS.time]: String(timeMs),
      ...batchHeader(record),
      ...(history === '' ? {} : { [RETRY_HEADERS.history]: history }),
      ...(policy !== null && isPolicyName(policy) ? { [POLICY_HEADER]: policy } : {}),
    },
  };
}

/**
 * The dead letter of a record, see {@link deadLetter}. A value that would make it larger than the topic takes is left out, and the message says so; it can be read at its
 * origin.
 * @param maxBytes bytes that a record may have on the dead-letter topic
 */
export function fittingDeadLetter(input: DeadLetterInput, maxBytes: number): OutgoingRecord {
  const letter = deadLetter(input);
  if (recordBytes(letter) <= maxBytes) return letter;
  const { record, failure } = input;
  const message = `Its value of ${record.value?.length ?? 0} bytes is left out, as the dead letters take ${maxBytes}; read it at its origin. ${failure.message}`;
  return deadLetter({ ...input, record: { ...record, value: null }, failure: { ...failure, message } });
}
