import type { EpeeError } from '@epee/errors';
import type { ClinicalNote } from '@epee/records';
import type { BatchPosition, BatchProblem, ChunkOutcome } from '@epee/redis';
import { type ImportRow, noteOf } from '../files/import-reader.ts';

/** Characters of all texts of a chunk that close it. */
export const CHUNK_CHARACTERS = 2 * 1024 * 1024;

/** One chunk of an import: its notes, and what counts once they are sent. */
export interface Chunk {
  readonly notes: readonly ClinicalNote[];
  readonly outcome: ChunkOutcome;
}

/** How a chunk is cut and its rows become notes. */
export interface ChunkOptions {
  readonly maxRows: number;
  readonly maxCharacters: number;
  readonly source: string;
  readonly version: string;
  readonly maxTextBytes: number;
  /** Why a note cannot be sent; null where it can. */
  refusal(note: ClinicalNote): EpeeError | null;
  readonly nowMs: () => number;
}

/**
 * Takes the next rows until the chunk is full or nothing is left.
 * @param before where the rows begin
 */
export async function takeChunk(
  rows: AsyncIterator<ImportRow>,
  before: BatchPosition | null,
  { maxRows, maxCharacters, source, version, maxTextBytes, refusal, nowMs }: ChunkOptions,
): Promise<Chunk> {
  const notes: ClinicalNote[] = [];
  const problems: BatchProblem[] = [];
  const defaults = { defaultSource: source, version, maxTextBytes, receivedAtMs: nowMs() };
  let position = before;
  let characters = 0;
  while (notes.length + problems.length < maxRows && characters < maxCharacters) {
    const { done, value } = await rows.next();
    if (done) return { notes, outcome: { notes: notes.length, problems, position, last: true } };
    position = value.position;
    if (value.row === null) continue;
    const note = noteOf(value.row, defaults);
    const error = 'error' in note ? note.error : refusal(note.note);
    if ('error' in note || error !== null) problems.push(problemOf(note.where, error!));
    else {
      notes.push(note.note);
      characters += note.note.text.length;
    }
  }
  return { notes, outcome: { notes: notes.length, problems, position, last: false } };
}

const problemOf = (where: string, { code, message }: EpeeError): BatchProblem => ({ where, code, message });
