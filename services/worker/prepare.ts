import { EpeeError } from '@epee/errors';
import { checkNote, type ExtractionResult } from '@epee/records';
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
import type { NoteToRead } from '@epee/text';
import type { WorkerDeps } from './types.ts';

/** A record's way through: the result with its encoded form, or why there is none. */
export type Prepared =
  | { readonly record: FetchedRecord; readonly result: ExtractionResult; readonly value: Buffer }
  | { readonly record: FetchedRecord; readonly failure: RecordFailure };

/** What preparing needs. */
export interface PrepareOptions extends Pick<WorkerDeps, 'codec' | 'extractor'> {
  /** Policy of records whose header names none: the topic's, else the configured one. */
  readonly policy: string;
  readonly noteMaxBytes: number;
  /** Bytes that a result may have as a record. */
  readonly resultMaxBytes: number;
}

type Decoded = { readonly record: FetchedRecord; readonly note: NoteToRead };
/** A record that could not be worked on. */
export type Failed = { readonly record: FetchedRecord; readonly failure: RecordFailure };
type Answer = ExtractionResult | EpeeError;

/**
 * Decodes, checks and extracts from records. A record that fails does not stop the others: it comes back with its failure.
 * @returns one entry a record, in their order
 * @throws EpeeError whatever is no record's fault: infrastructure that is down (try again) or a process that cannot go on
 */
export async function prepare(records: readonly FetchedRecord[], options: PrepareOptions): Promise<Prepared[]> {
  const decoded = await Promise.all(records.map((record) => decode(record, options)));
  const good = decoded.filter((entry): entry is Decoded => 'note' in entry);
  const notes = good.map(({ note }) => note);
  const answers = notes.length === 0 ? [] : await extract(notes, options);
  let next = 0;
  return decoded.map((entry) => ('failure' in entry ? entry : encode(entry.record, answers[next++]!, options)));
}

async function decode(record: FetchedRecord, { codec, noteMaxBytes }: PrepareOptions): Promise<Decoded | Failed> {
  if (record.failure !== undefined) return { record, failure: record.failure };
  try {
    const note = await codec.decodeNote(record.value);
    checkNote(note, { maxTextBytes: noteMaxBytes });
    const policyName = policyNameOf(record);
    return { record, note: policyName === null ? note : { ...note, policyName } };
  } catch (error) {
    return failed(record, error, 'decode');
  }
}

/** The policy that a record's header names, or null. @throws EpeeError POLICY_UNKNOWN where it is no name of a policy */
export function policyNameOf(record: FetchedRecord): string | null {
  const name = headerText(record, POLICY_HEADER);
  if (name === null || isPolicyName(name)) return name;
  throw policyMalformed();
}

const policyMalformed = () =>
  new EpeeError(
    'POLICY_UNKNOWN',
    `The header ${POLICY_HEADER} is not the name of a policy (a letter, then up to 63 letters, digits, "-")`,
    {
      stage: 'validate',
    },
  );

async function extract(notes: readonly NoteToRead[], options: PrepareOptions): Promise<readonly Answer[]> {
  try {
    return await options.extractor.extract(notes, options.policy);
  } catch (error) {
    if (recordVerdict(error) !== 'dead-letter') throw error;
    if (notes.length === 1) return [failure(error)];
    // Nobody foresaw it, so nobody knows which note it was.
    const alone: Answer[] = [];
    for (const note of notes) alone.push(...(await extract([note], options)));
    return alone;
  }
}

const failure = (cause: unknown): EpeeError => {
  const { code, stage, message } = recordFailure(cause, 'text');
  return new EpeeError(code, message, { stage, cause });
};

/** A record's answer with its encoded form; a result that the topic does not take becomes a failure. */
export function encode(
  record: FetchedRecord,
  answer: Answer,
  { codec, resultMaxBytes }: { readonly codec: Pick<PrepareOptions['codec'], 'encodeResult'>; readonly resultMaxBytes: number },
): Prepared {
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

const resultTooLarge = (bytes: number, maxBytes: number) =>
  new EpeeError('RECORD_TOO_LARGE', `The result has ${bytes} bytes as a record, but the results topic takes at most ${maxBytes}`, {
    stage: 'assemble',
    details: { bytes, maxBytes },
    hint: 'Raise max.message.bytes of the results topic.',
  });

/** A record's failure. @throws the error, where it is no record's fault */
export function failed(record: FetchedRecord, error: unknown, stage: 'decode' | 'assemble'): Failed {
  if (recordVerdict(error) !== 'dead-letter') throw error;
  return { record, failure: recordFailure(error, stage) };
}
