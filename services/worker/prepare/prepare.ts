import { EpeeError } from '@epee/errors';
import type { ExtractionResult } from '@epee/records';
import {
  type FetchedRecord,
  headerText,
  isPolicyName,
  POLICY_HEADER,
  type RecordFailure,
  recordBytes,
  recordFailure,
  recordVerdict,
} from '@epee/stream';
import type { WorkerDeps } from '../types.ts';

/** A record's way through: the result with its encoded form, or why there is none. */
export type Prepared =
  | { readonly record: FetchedRecord; readonly result: ExtractionResult; readonly value: Buffer }
  | { readonly record: FetchedRecord; readonly failure: RecordFailure };

/** A result, or why there is none. */
export type Answer = ExtractionResult | EpeeError;

/** What preparing any kind of record needs. */
export interface PrepareOptions {
  readonly codec: Pick<WorkerDeps['codec'], 'encodeResult'>;
  /** Policy of records whose header names none: the topic's, else the configured one. */
  readonly policy: string;
  /** Bytes that a result may have as a record. */
  readonly resultMaxBytes: number;
}

/** How one kind of record is read. */
export interface Reading<T> {
  /** @throws EpeeError why the record cannot be read */
  decode(value: Buffer | null): T | Promise<T>;
  /** Answers in the order of the items. @throws EpeeError what is no record's fault */
  answer(items: readonly (T & { readonly policyName?: string })[]): Promise<readonly Answer[]>;
}

/**
 * Decodes records, reads what is in them and encodes the results. A record that fails does not stop the others: it comes back with its failure.
 * @returns one entry per record, in their order
 * @throws EpeeError whatever is no record's fault: infrastructure that is down (try again), or a process that must end
 */
export async function prepare<T extends object>(
  records: readonly FetchedRecord[],
  { decode, answer }: Reading<T>,
  options: PrepareOptions,
): Promise<Prepared[]> {
  const decoded = await Promise.all(records.map((record) => decodeRecord(record, decode)));
  const items = decoded.flatMap((entry) => ('item' in entry ? [entry.item] : []));
  const answers = items.length === 0 ? [] : await answer(items);
  let next = 0;
  return decoded.map((entry) => ('item' in entry ? encode(entry.record, answers[next++]!, options) : entry));
}

async function decodeRecord<T extends object>(record: FetchedRecord, decode: Reading<T>['decode']) {
  if (record.failure !== undefined) return { record, failure: record.failure };
  try {
    const item = await decode(record.value);
    const policyName = policyNameOf(record);
    return { record, item: policyName === null ? item : { ...item, policyName } };
  } catch (error) {
    return failed(record, error, 'decode');
  }
}

/** The policy that a record's header names, or null. @throws EpeeError POLICY_UNKNOWN where it is no name of a policy */
function policyNameOf(record: FetchedRecord): string | null {
  const name = headerText(record, POLICY_HEADER);
  if (name === null || isPolicyName(name)) return name;
  const form = 'a letter, then up to 63 letters, digits, "-"';
  throw new EpeeError('POLICY_UNKNOWN', `The header ${POLICY_HEADER} is not the name of a policy (${form})`, { stage: 'validate' });
}

/** A record's answer with its encoded form; a result that the topic does not take becomes a failure. */
function encode(record: FetchedRecord, answer: Answer, { codec, resultMaxBytes }: PrepareOptions): Prepared {
  try {
    if (answer instanceof EpeeError) throw answer;
    const value = codec.encodeResult(answer);
    const bytes = recordBytes({ key: answer.documentId, value });
    if (bytes > resultMaxBytes) throw resultTooLarge(bytes, resultMaxBytes);
    return { record, result: answer, value };
  } catch (error) {
    return failed(record, error, 'assemble');
  }
}

/** RECORD_TOO_LARGE for a result. */
export const resultTooLarge = (bytes: number, maxBytes: number): EpeeError =>
  new EpeeError('RECORD_TOO_LARGE', `The result has ${bytes} bytes as a record, but the results topic takes at most ${maxBytes}`, {
    stage: 'assemble',
    details: { bytes, maxBytes },
    hint: 'Raise max.message.bytes of the results topic.',
  });

/** A record's failure. @throws the error, where it is no record's fault */
function failed(record: FetchedRecord, error: unknown, stage: 'decode' | 'assemble') {
  if (recordVerdict(error) !== 'dead-letter') throw error;
  return { record, failure: recordFailure(error, stage) };
}
