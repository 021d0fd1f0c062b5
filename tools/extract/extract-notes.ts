import { EpeeError } from '@epee/errors';
import type { ImageReader } from '@epee/imaging';
import type { InputRow } from '@epee/input';
import { imageOfFile, inBatches, mapInOrder, placed as placedIn } from '@epee/input';
import { type NoteOrProblem, toNote } from '@epee/notes';
import type { ExtractionResult, ImagingEvent, NoteDefaults } from '@epee/records';
import type { ExtractOptions, Extractor } from '@epee/text';

/** What became of a row: its result, or why it has none (the message names the row's place). */
export interface ExtractedRow {
  readonly outcome: ExtractionResult | EpeeError;
  /** Of a note; null of an image, and of a row that could not be read. */
  readonly text: string | null;
  readonly readBytes: number;
}

/** How rows are extracted. */
export interface ExtractRowsOptions {
  readonly extractor: Extractor;
  /** Reads images; needed where there are any. */
  readonly images?: { readonly reader: ImageReader; readonly maxPixels: number };
  readonly extract: ExtractOptions;
  readonly defaults: () => NoteDefaults;
}

/** Notes that are read together; the same sizes as in the worker. */
const MAX_NOTES = 32;
const MAX_CHARACTERS = 256 * 1024;
/** A source that is slower than this gets its answers note by note. */
const LINGER_MS = 20;
const BATCHES_AT_A_TIME = 8;

type Item = (NoteOrProblem | { readonly where: string; readonly image: ImagingEvent }) & { readonly readBytes: number };

/** Extracts from rows, several batches at a time; one answer per row, in the rows' order. */
export async function* extractRows(rows: AsyncIterable<InputRow>, options: ExtractRowsOptions): AsyncGenerator<ExtractedRow> {
  const batches = inBatches(items(rows, options), {
    maxItems: MAX_NOTES,
    maxSize: MAX_CHARACTERS,
    sizeOf: sizeOf,
    lingerMs: LINGER_MS,
  });
  for await (const batch of mapInOrder(batches, BATCHES_AT_A_TIME, (items) => extractBatch(items, options))) yield* batch;
}

async function* items(rows: AsyncIterable<InputRow>, options: ExtractRowsOptions): AsyncGenerator<Item> {
  for await (const row of rows) {
    if ('image' in row) yield await imageItem(row, options);
    else yield { ...('error' in row ? row : toNote(row, options.defaults())), readBytes: row.readBytes };
  }
}

async function imageItem(row: Extract<InputRow, { image: unknown }>, { defaults, images }: ExtractRowsOptions): Promise<Item> {
  const { where, readBytes } = row;
  const { defaultSource: source, receivedAtMs } = defaults();
  try {
    return { where, image: await imageOfFile(row.image, { source, version: '1', receivedAtMs, maxPixels: images!.maxPixels }), readBytes };
  } catch (error) {
    if (!(error instanceof EpeeError)) throw error;
    return { where, error, readBytes };
  }
}

const sizeOf = (item: Item) => ('note' in item ? item.note.text.length : 'image' in item ? (item.image.bytes?.length ?? 0) : 0);

async function extractBatch(batch: readonly Item[], { extractor, images, extract }: ExtractRowsOptions): Promise<ExtractedRow[]> {
  const notes = batch.flatMap((item) => ('note' in item ? [item.note] : []));
  const answers = notes.length === 0 ? [] : await extractor.extract(notes, extract);
  const pictures = batch.flatMap((item) => ('image' in item ? [item.image] : []));
  const classes = pictures.length === 0 ? [] : await images!.reader.read(pictures, extract.policyName);
  let nextNote = 0;
  let nextImage = 0;
  const outcomeOf = (item: Item) =>
    'error' in item ? item.error : placed('image' in item ? classes[nextImage++]! : answers[nextNote++]!, item.where);
  return batch.map((item) => ({ outcome: outcomeOf(item), text: 'note' in item ? item.note.text : null, readBytes: item.readBytes }));
}

const placed = (answer: ExtractionResult | EpeeError, where: string) => (answer instanceof EpeeError ? placedIn(answer, where) : answer);
