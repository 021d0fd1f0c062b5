import { type Codec, type InputRecord, imageRecord, noteRecord } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { InputRow } from '@epee/input';
import { imageOfFile, inBatches, mapInOrder } from '@epee/input';
import { type NoteOrProblem, toNote } from '@epee/notes';
import type { ImagingEvent } from '@epee/records';
import { recordBytes } from '@epee/stream';

/** What became of a row: on the topic, or why not. */
export interface PublishedRow {
  readonly error: EpeeError | null;
  /** What it is; an image that is too large for its event is `referred` to. */
  readonly kind: 'note' | 'image' | 'referred';
  readonly readBytes: number;
}

/** How images are published. */
export interface PublishImages extends Pick<PublishOptions, 'recordMaxBytes'> {
  /** Resolves when all replicas have the records. */
  readonly send: (records: readonly InputRecord[]) => Promise<unknown>;
  readonly codec: Pick<Codec, 'encodeImage'>;
  /** Width x height that an image may have. */
  readonly maxPixels: number;
}

/** How rows are published. */
export interface PublishOptions {
  /** Resolves when all replicas have the notes. */
  readonly send: (records: readonly InputRecord[]) => Promise<unknown>;
  /** Bytes that one record may have, by the topic's own limit. */
  readonly recordMaxBytes: () => Promise<number>;
  readonly codec: Pick<Codec, 'encodeNote'>;
  /** How images are published; needed where there are any. */
  readonly images?: PublishImages;
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

type Item = (NoteOrProblem | { readonly image: ImagingEvent }) & { readonly readBytes: number };

/**
 * Publishes the notes of rows, several sends at a time; one answer per row, in the rows' order, after all replicas have it.
 *
 * @throws what `send` throws
 */
export async function* publishRows(rows: AsyncIterable<InputRow>, options: PublishOptions): AsyncGenerator<PublishedRow> {
  const batches = inBatches(items(rows, options), { maxItems: MAX_NOTES, maxSize: MAX_CHARACTERS, sizeOf, lingerMs: LINGER_MS });
  for await (const batch of mapInOrder(batches, SENDS_AT_A_TIME, (items) => publishBatch(items, options))) yield* batch;
}

async function* items(rows: AsyncIterable<InputRow>, { defaults, images, nowMs }: PublishOptions): AsyncGenerator<Item> {
  for await (const row of rows) {
    if ('error' in row) yield row;
    else if ('image' in row) yield await imageItem(row, { ...defaults, receivedAtMs: nowMs(), maxPixels: images!.maxPixels });
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

async function imageItem(
  { where, image, readBytes }: Extract<InputRow, { image: unknown }>,
  defaults: Parameters<typeof imageOfFile>[1],
): Promise<Item> {
  try {
    return { image: await imageOfFile(image, defaults), readBytes };
  } catch (error) {
    if (!(error instanceof EpeeError)) throw error;
    return { where, error, readBytes };
  }
}

const sizeOf = (item: Item) => ('note' in item ? item.note.text.length : 'image' in item ? (item.image.bytes?.length ?? 0) : 0);

async function publishBatch(
  batch: readonly Item[],
  { send, recordMaxBytes, codec, images, policy }: PublishOptions,
): Promise<PublishedRow[]> {
  const records: InputRecord[] = [];
  const pictures: InputRecord[] = [];
  const errors = new Map<Item, EpeeError>();
  const noteMaxBytes = await recordMaxBytes();
  const imageMaxBytes = batch.some((item) => 'image' in item) ? await images!.recordMaxBytes() : 0;
  const add = (item: Item, record: InputRecord, to: InputRecord[], maxBytes: number) => {
    const bytes = recordBytes(record);
    if (bytes <= maxBytes) to.push(record);
    else errors.set(item, tooLarge(bytes, maxBytes));
  };
  for (const item of batch) {
    if ('note' in item) add(item, noteRecord(item.note, codec, policy), records, noteMaxBytes);
    else if ('image' in item) add(item, imageRecord(item.image, images!.codec, policy), pictures, imageMaxBytes);
    else errors.set(item, item.error);
  }
  await Promise.all([records.length > 0 && send(records), pictures.length > 0 && images!.send(pictures)]);
  return batch.map((item) => ({ error: errors.get(item) ?? null, kind: kindOf(item), readBytes: item.readBytes }));
}

const tooLarge = (bytes: number, maxBytes: number) =>
  new EpeeError('RECORD_TOO_LARGE', `A record has ${bytes} bytes, but its topic takes at most ${maxBytes}`, {
    stage: 'publish',
    details: { bytes, maxBytes },
    hint: 'Send less in one note or image, or raise max.message.bytes of the topic.',
  });

function kindOf(item: Item): PublishedRow['kind'] {
  if (!('image' in item)) return 'note';
  return item.image.reference === null ? 'image' : 'referred';
}
