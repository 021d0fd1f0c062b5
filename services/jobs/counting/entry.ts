import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { BatchEntry } from '@epee/redis';
import { BATCH_HEADER, DEAD_LETTER_HEADERS, type FetchedRecord, headerText, historyOf, isBatchId } from '@epee/stream';

/** What reading entries needs. */
export interface EntryDeps {
  readonly codec: Pick<Codec, 'decodeResult'>;
  readonly topics: { readonly results: string; readonly deadLetters: string; readonly batchNotes: string };
}

/** Code of a dead letter without a proper one. */
const UNKNOWN_CODE = 'UNKNOWN';

/**
 * What a record of a topic counts for; null: it belongs to no import.
 * @throws EpeeError what may pass: SCHEMA_REGISTRY_UNREACHABLE
 */
export async function entryOf(topic: string, record: FetchedRecord, { codec, topics }: EntryDeps): Promise<BatchEntry | null> {
  const job = headerText(record, BATCH_HEADER);
  if (job === null || !isBatchId(job)) return null;
  const formerCode = historyOf(record).at(-1)?.code ?? null;
  const entry = { offset: record.offset, job, code: null, formerCode, rows: 0, layersRun: 0, layersFull: 0 };
  if (topic === topics.deadLetters) return isOfNote(record, topics) ? { ...entry, code: codeOf(record) } : null;
  try {
    const { rows, layersRun, layersFull } = (await codec.decodeResult(record.value)).compute;
    return { ...entry, rows, layersRun, layersFull };
  } catch (error) {
    if (error instanceof EpeeError && error.retriable) throw error;
    return entry;
  }
}

/** A result that others could not use is a dead letter too; its note has been counted. */
const isOfNote = (record: FetchedRecord, { batchNotes }: EntryDeps['topics']): boolean =>
  headerText(record, DEAD_LETTER_HEADERS.originTopic) === batchNotes;

function codeOf(record: FetchedRecord): string {
  const code = headerText(record, DEAD_LETTER_HEADERS.code) ?? '';
  return /^[A-Z][A-Z0-9_]{0,60}$/.test(code) ? code : UNKNOWN_CODE;
}
