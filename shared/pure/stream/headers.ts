import type { FetchedRecord } from './types.ts';

/** Header of a note that names the exit policy to follow. */
export const POLICY_HEADER = 'epee-policy';

/** Whether a text has the form of a policy's name. Anything else may be anything, a record's text included, and must not be repeated. */
export const isPolicyName = (text: string): boolean => /^[a-z][a-z0-9-]{0,63}$/.test(text);

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

/** A header's value as text, or `null` where the record has none of that name. */
export function headerText(record: Pick<FetchedRecord, 'headers'>, name: string): string | null {
  const value = Object.hasOwn(record.headers, name) ? record.headers[name] : undefined;
  return value === undefined ? null : value.toString('utf8');
}
