import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { checkNote } from '@epee/records';
import { type FetchedRecord, type OutgoingRecord, recordBytes, recordFailure, recordVerdict } from '@epee/stream';
import type { NoteToRead } from '@epee/text';
import { type Origin, toHeaders } from './headers.ts';
import type { OpenVariant, VariantOutcome } from './open-variants.ts';
import { rowUseToText } from './row-use.ts';

/** What answering records needs. */
export interface AnswerDeps {
  readonly run: string;
  readonly topic: string;
  readonly codec: Pick<Codec, 'decodeNote' | 'encodeResult'>;
  readonly variants: readonly Pick<OpenVariant, 'id' | 'extract'>[];
  readonly noteMaxBytes: number;
  /** Bytes that a record of the replays topic may have. */
  readonly maxBytes: number;
}

/** What replaying some records gave. */
export interface Answered {
  /** One record per variant for each record, those of one record side by side. */
  readonly records: readonly OutgoingRecord[];
  /** Codes of answers that are failures, with how often they occurred. */
  readonly failures: ReadonlyMap<string, number>;
}

type Decoded = { readonly note: NoteToRead } | { readonly code: string };

/**
 * Reads records under every variant. A policy that a note names for itself is set aside: the
 * variant's holds. A record that cannot be worked on gives one failure per variant, with its code
 * alone.
 * @throws EpeeError whatever is no record's fault
 */
export async function answerRecords(records: readonly FetchedRecord[], partition: number, deps: AnswerDeps): Promise<Answered> {
  const decoded = await Promise.all(records.map((record) => decode(record, deps)));
  const notes = decoded.flatMap((entry) => ('note' in entry ? [entry.note] : []));
  const outcomes = await Promise.all(deps.variants.map((variant) => extract(variant, notes)));
  const answers: OutgoingRecord[] = [];
  const failures = new Map<string, number>();
  let next = 0;
  for (const [at, entry] of decoded.entries()) {
    const record = records[at]!;
    const origin: Origin = { partition, offset: record.offset, timeMs: record.timestampMs };
    for (const [index, { id }] of deps.variants.entries()) {
      const answer =
        'note' in entry
          ? encode(outcomes[index]![next]!, entry.note.documentId, { id, origin, deps })
          : failure(entry.code, null, { id, origin, deps });
      answers.push(answer.record);
      if (answer.code !== null) failures.set(answer.code, (failures.get(answer.code) ?? 0) + 1);
    }
    if ('note' in entry) next += 1;
  }
  return { records: answers, failures };
}

async function decode(record: FetchedRecord, { codec, noteMaxBytes }: AnswerDeps): Promise<Decoded> {
  if (record.failure !== undefined) return { code: record.failure.code };
  try {
    const note = await codec.decodeNote(record.value);
    checkNote(note, { maxTextBytes: noteMaxBytes });
    return { note };
  } catch (error) {
    return { code: codeOf(error, 'decode') };
  }
}

async function extract(variant: Pick<OpenVariant, 'extract'>, notes: readonly NoteToRead[]): Promise<VariantOutcome[]> {
  try {
    return await variant.extract(notes);
  } catch (error) {
    const code = codeOf(error, 'text');
    if (notes.length === 1)
      return [{ outcome: new EpeeError(code, 'the note could not be read', { stage: 'text', cause: error }), rows: {} }];
    // The error was not foreseen and does not say which note is at fault.
    const alone: VariantOutcome[] = [];
    for (const note of notes) alone.push(...(await extract(variant, [note])));
    return alone;
  }
}

/** The code of a record's own fault; other errors are thrown on. */
function codeOf(error: unknown, stage: 'decode' | 'text' | 'assemble') {
  if (recordVerdict(error) !== 'dead-letter') throw error;
  return recordFailure(error, stage).code;
}

interface Place {
  readonly id: string;
  readonly origin: Origin;
  readonly deps: AnswerDeps;
}

function encode({ outcome, rows }: VariantOutcome, documentId: string, place: Place): { record: OutgoingRecord; code: string | null } {
  const { id, origin, deps } = place;
  try {
    if (outcome instanceof EpeeError) throw outcome;
    const headers = toHeaders({ run: deps.run, variant: id, origin, rows: rowUseToText(rows), code: null }, deps.topic);
    const record = { key: documentId, value: deps.codec.encodeResult(outcome), headers };
    return recordBytes(record) > deps.maxBytes ? failure('RECORD_TOO_LARGE', documentId, place) : { record, code: null };
  } catch (error) {
    return failure(codeOf(error, 'assemble'), documentId, place);
  }
}

function failure(code: string, documentId: string | null, { id, origin, deps }: Place): { record: OutgoingRecord; code: string } {
  return {
    record: { key: documentId, value: null, headers: toHeaders({ run: deps.run, variant: id, origin, rows: null, code }, deps.topic) },
    code,
  };
}
