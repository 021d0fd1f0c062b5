import type { Codec } from '@epee/avro';
import type { EpeeError } from '@epee/errors';
import { noteRecord } from '@epee/ingest';
import type { MeasuredRow } from '@epee/notes';
import { type NoteOrProblem, toNote } from '@epee/notes';
import { inBatches, mapInOrder } from '../notes/batches.ts';

/** What became of a row: on the topic, or why not. */
export interface PublishedRow {
  readonly error: EpeeError | null;
  readonly readBytes: number;
}

/** A note's record, ready to be sent. */
export type NoteRecord = ReturnType<typeof noteRecord>;

/** How rows are published. */
export interface PublishOptions {
  /** Resolves when all replicas have the records. */
  readonly send: (records: readonly NoteRecord[]) => Promise<unknown>;
  readonly codec: Pick<Codec, 'encodeNote'>;
  /** Named exit policy for the worker, or null for its own. */
  readonly policy: string | null;
  /** For notes that name no source or version; the longest text, bytes of UTF-8. */
  readonly defaults: { readonly source: string; readonly version: string; readonly maxTextBytes: number };
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: () => number;
}

const MAX_NOTES = 500;
const MAX_CHARACTERS = 1024 * 1024;
const LINGER_MS = 20;
const SENDS_AT_A_TIME = 4;

type Item = NoteOrProblem & { readonly readBytes: number };

/**
 * Publishes the notes of rows, several sends at a time; one answer a row, in the rows' order, after all replicas have it.
 *
 * @throws what `send` throws
 */
export async function* publishRows(rows: AsyncIterable<MeasuredRow>, options: PublishOptions): AsyncGenerator<PublishedRow> {
  const batches = inBatches(items(rows, options), { maxItems: MAX_NOTES, maxSize: MAX_CHARACTERS, sizeOf, lingerMs: LINGER_MS });
  for await (const batch of mapInOrder(batches, SENDS_AT_A_TIME, (items) => publishBatch(items, options))) yield* batch;
}

async function* items(rows: AsyncIterable<MeasuredRow>, { defaults, nowMs }: PublishOptions): AsyncGenerator<Item> {
  for await (const row of rows) {
    if ('error' in row) yield row;
    else {
      const fields = { version: defaults.version, ...row.fields };
      const note = toNote(
        { ...row, fields },
        { defaultSource: defaults.source, receivedAtMs: nowMs(), maxTextBytes: defaults.maxTextBytes },
      );
      yield { ...note, readBytes: row.readBytes };
    }
  }
}

const sizeOf = (item: Item) => ('note' in item ? item.note.text.length : 0);

async function publishBatch(batch: readonly Item[], { send, codec, policy }: PublishOptions): Promise<PublishedRow[]> {
  const records = batch.flatMap((item) => ('note' in item ? [noteRecord(item.note, codec, policy)] : []));
  if (records.length > 0) await send(records);
  return batch.map((item) => ({ error: 'error' in item ? item.error : null, readBytes: item.readBytes }));
}
