import type { Readable } from 'node:stream';
import type { EpeeError } from '@epee/errors';
import { openInput } from '@epee/input';
import { toNote } from '@epee/notes';
import { type CutNote, cutNote } from '@epee/text';

/** How one note is cut. */
export interface CutNoteReport extends CutNote {
  readonly id: string;
}

/** Whose notes are cut. */
export interface CutRequest {
  /** Files and folders; `-` is `stdin`, one note per line or one text. */
  readonly paths: readonly string[];
  readonly stdin: Readable;
  readonly maxTextBytes: number;
  readonly signal: AbortSignal;
}

/** Cuts the notes of files into sections and sentences, one answer per row in their order; a bad row is an error that names its place. */
export async function* cutFiles(request: CutRequest): AsyncGenerator<CutNoteReport | EpeeError> {
  const defaults = { defaultSource: 'epee-cut', receivedAtMs: 0, maxTextBytes: request.maxTextBytes };
  for await (const row of openInput({ ...request, stdinAs: 'auto' }).rows) {
    if ('image' in row) continue;
    const item = 'error' in row ? row : toNote(row, defaults);
    yield 'error' in item ? item.error : { id: item.note.documentId, ...cutNote(item.note.text) };
  }
}
