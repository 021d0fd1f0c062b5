import { batchHeader, headerText, RETRY_HEADERS } from './headers.ts';
import type { FetchedRecord } from './types.ts';

/** Attempts that a record's history names; older ones are only counted. */
export const HISTORY_MAX_LENGTH = 10;

/** How one attempt at a record ended. */
export interface Attempt {
  readonly code: string;
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number;
}

const ENTRY = /^([A-Z][A-Z0-9_]{0,59})@(\d{1,15})$/;

/** Times that a record was worked on before: what its header says, or 0 where that is missing or no small number, as anybody may write to the topic. */
export function formerAttempts(record: Pick<FetchedRecord, 'headers'>): number {
  const text = headerText(record, RETRY_HEADERS.attempts);
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

/** The attempts that a record's header names, oldest first; none where it is missing or malformed. */
export function historyOf(record: Pick<FetchedRecord, 'headers'>): readonly Attempt[] {
  const entries = (headerText(record, RETRY_HEADERS.history) ?? '').split(',').map((entry) => ENTRY.exec(entry));
  if (entries.length > HISTORY_MAX_LENGTH || entries.some((entry) => entry === null)) return [];
  return entries.map((entry) => ({ code: entry![1]!, timeMs: Number(entry![2]) }));
}

/** What a result carries on of its note: the import to count it for, and what was tried before. */
export function resultHeaders(record: Pick<FetchedRecord, 'headers'>): Record<string, string> {
  const history = historyText(historyOf(record));
  return { ...batchHeader(record), ...(history === '' ? {} : { [RETRY_HEADERS.history]: history }) };
}

/** Attempts as the header's text, the latest {@link HISTORY_MAX_LENGTH} of them. */
export const historyText = (attempts: readonly Attempt[]): string =>
  attempts
    .slice(-HISTORY_MAX_LENGTH)
    .map(({ code, timeMs }) => `${code}@${timeMs}`)
    .join(',');
