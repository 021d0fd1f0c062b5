import type { FetchedRecord } from './types.ts';

/** Header of a note that names the exit policy to follow. */
export const POLICY_HEADER = 'epee-policy';

/** Header of a note, its result or its dead letter that names the batch import it belongs to. */
export const BATCH_HEADER = 'epee-batch';

/** Whether a text has the form of a batch import's id. */
export const isBatchId = (text: string): boolean => /^[a-z][a-z0-9-]{0,63}$/.test(text);

/** The header that what comes of a record carries on, so that a batch import can count its notes; empty for a record of no import. */
export function batchHeader(record: Pick<FetchedRecord, 'headers'>): Record<string, string> {
  const id = headerText(record, BATCH_HEADER);
  return id !== null && isBatchId(id) ? { [BATCH_HEADER]: id } : {};
}

/** Headers of a dead letter. */
export const DEAD_LETTER_HEADERS = {
  code: 'epee-code',
  stage: 'epee-stage',
  message: 'epee-message',
  originTopic: 'epee-origin-topic',
  originPartition: 'epee-origin-partition',
  originOffset: 'epee-origin-offset',
  attempts: 'epee-attempts',
  time: 'epee-time',
} as const;

/** Headers of a record that was sent again from the dead letters, beside its policy. */
export const RETRY_HEADERS = {
  /** Times that the record was worked on before. */
  attempts: DEAD_LETTER_HEADERS.attempts,
  /** How those attempts ended, oldest first, see `historyOf`. */
  history: 'epee-history',
} as const;

/** Headers of the records on the topic of replays. None holds anything of a note's text. */
export const REPLAY_HEADERS = {
  run: 'epee-run',
  /** Letter of the variant: A, B, ... */
  variant: 'epee-variant',
  originTopic: DEAD_LETTER_HEADERS.originTopic,
  originPartition: DEAD_LETTER_HEADERS.originPartition,
  originOffset: DEAD_LETTER_HEADERS.originOffset,
  /** When the note was written to its topic, milliseconds since 1970 UTC. */
  originTime: 'epee-origin-time',
  /** What the note's rows cost. Only of results. */
  rows: 'epee-rows',
  /** Why there is no result. Only of failures. */
  code: DEAD_LETTER_HEADERS.code,
} as const;

/** A header's value as text, or `null` where the record has none of that name. */
export function headerText(record: Pick<FetchedRecord, 'headers'>, name: string): string | null {
  const value = Object.hasOwn(record.headers, name) ? record.headers[name] : undefined;
  return value === undefined ? null : value.toString('utf8');
}
