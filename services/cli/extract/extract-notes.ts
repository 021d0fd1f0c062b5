import { EpeeError } from '@epee/errors';
import type { MeasuredRow } from '@epee/notes';
import { type NoteOrProblem, toNote } from '@epee/notes';
import type { ExtractionResult, NoteDefaults } from '@epee/records';
import type { ExtractOptions, Extractor } from '@epee/text';
import { inBatches, mapInOrder } from '../notes/batches.ts';

/** What became of a row: its result, or why it has none (the message names the row's place). */
export interface ExtractedRow {
  readonly outcome: ExtractionResult | EpeeError;
  readonly readBytes: number;
}

/** How rows are extracted. */
export interface ExtractRowsOptions {
  readonly extractor: Extractor;
  readonly extract: ExtractOptions;
  readonly defaults: () => NoteDefaults;
}

/** Notes that are read together; the same sizes as in the worker. */
const MAX_NOTES = 32;
const MAX_CHARACTERS = 256 * 1024;
/** A source that is slower than this gets its answers note by note. */
const LINGER_MS = 20;
const BATCHES_AT_A_TIME = 8;

type Item = NoteOrProblem & { readonly readBytes: number };

/** Extracts from rows, several batches at a time; one answer a row, in the rows' order. */
export async function* extractRows(rows: AsyncIterable<MeasuredRow>, options: ExtractRowsOptions): AsyncGenerator<ExtractedRow> {
  const batches = inBatches(items(rows, options.defaults), {
    maxItems: MAX_NOTES,
    maxSize: MAX_CHARACTERS,
    sizeOf: sizeOf,
    lingerMs: LINGER_MS,
  });
  for await (const batch of mapInOrder(batches, BATCHES_AT_A_TIME, (items) => extractBatch(items, options))) yield* batch;
}

async function* items(rows: AsyncIterable<MeasuredRow>, defaults: () => NoteDefaults): AsyncGenerator<Item> {
  for await (const row of rows) yield { ...('error' in row ? row : toNote(row, defaults())), readBytes: row.readBytes };
}

const sizeOf = (item: Item) => ('note' in item ? item.note.text.length : 0);

async function extractBatch(batch: readonly Item[], { extractor, extract }: ExtractRowsOptions): Promise<ExtractedRow[]> {
  const notes = batch.flatMap((item) => ('note' in item ? [item.note] : []));
  const answers = notes.length === 0 ? [] : await extractor.extract(notes, extract);
  let next = 0;
  return batch.map((item) => ({ outcome: 'error' in item ? item.error : placed(answers[next++]!, item.where), readBytes: item.readBytes }));
}

function placed(answer: ExtractionResult | EpeeError, where: string): ExtractionResult | EpeeError {
  if (!(answer instanceof EpeeError)) return answer;
  const { code, stage, details, hint } = answer;
  return new EpeeError(code, `${where}: ${answer.message}`, { stage, details, ...(hint === undefined ? {} : { hint }), cause: answer });
}
