import { EpeeError } from '@epee/errors';

const TOO_LARGE = /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/;

/** What an error says in place of a broker's refusal. */
export interface Refusal {
  /** @default CONFIG_INVALID */
  readonly code?: 'CONFIG_INVALID' | 'RECORD_TOO_LARGE';
  readonly message: string;
  readonly hint: string;
}

/**
 * Throws where the cause of an error is that a topic takes no record of this size: nothing was written, and nothing would be at another attempt.
 * @throws EpeeError CONFIG_INVALID, or the refusal's code
 */
export function refuseTooLarge(error: EpeeError, { code = 'CONFIG_INVALID', message, hint }: Refusal): void {
  const { reason, refusedTopic, refusedBytes } = error.details;
  if (typeof reason !== 'string' || !TOO_LARGE.test(reason)) return;
  const record = refusedTopic === undefined || refusedBytes === undefined ? {} : { refusedTopic, refusedBytes };
  throw new EpeeError(code, message, { stage: 'publish', details: { reason, ...record }, hint, cause: error });
}

/** A record that its topic refused: its topic, and its size. */
export interface RefusedRecord {
  readonly topic: string;
  readonly bytes: number;
}

/** The record of which an error of {@link refuseTooLarge} tells; null where it tells of none. */
export function refusedRecord(error: unknown): RefusedRecord | null {
  if (!(error instanceof EpeeError)) return null;
  const { refusedTopic: topic, refusedBytes: bytes } = error.details;
  return typeof topic === 'string' && typeof bytes === 'number' ? { topic, bytes } : null;
}
