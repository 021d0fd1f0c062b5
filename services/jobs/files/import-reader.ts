import { type NoteOrProblem, type RowOrProblem, toNote } from '@epee/notes';
import type { NoteDefaults } from '@epee/records';
import type { BatchPosition } from '@epee/redis';
import { type ReadOptions, readImportFile } from './read-file.ts';
import { type ImportFile, refused, walkFiles } from './walk.ts';

/** A row of an import, and the position after it. */
export interface ImportRow {
  /** Null where a file has ended without another row. */
  readonly row: RowOrProblem | null;
  readonly position: BatchPosition;
}

/**
 * Reads all rows of an import, from a position on. Holds a row and a chunk of a file.
 * @throws EpeeError JOB_INPUT_INVALID where a path is missing or the file at the position is not
 * what it was
 */
export async function* readImport(paths: readonly string[], from: BatchPosition | null, options: ReadOptions): AsyncGenerator<ImportRow> {
  let filesBytes = from?.filesBytes ?? 0;
  for await (const file of walkFiles(paths, from)) {
    const here = from !== null && file.root === from.root && file.file === from.file;
    if (here && from.ended) {
      filesBytes += from.size;
      continue;
    }
    if (here) checkUnchanged(file, from);
    const at = (next: { readonly line: number; readonly byte: number } | null, readBytes: number): BatchPosition => {
      const { root, file: name, size, modifiedMs } = file;
      const place = { root, file: name, ended: next === null, line: next?.line ?? 0, byte: next?.byte ?? 0 };
      return { ...place, size, modifiedMs, filesBytes, readBytes: filesBytes + (next === null ? size : Math.min(readBytes, size)) };
    };
    const start = here ? { line: from.line, byte: from.byte } : { line: 1, byte: 0 };
    let ended = false;
    for await (const { next, readBytes, ...row } of readImportFile(file, start, options)) {
      ended = next === null;
      yield { row, position: at(next, readBytes) };
    }
    if (!ended) yield { row: null, position: at(null, 0) };
    filesBytes += file.size;
  }
}

function checkUnchanged({ absolute, size, modifiedMs }: ImportFile, from: BatchPosition): void {
  if (size === from.size && modifiedMs === from.modifiedMs) return;
  throw refused(absolute, `changed while it was imported (${from.size} bytes before, ${size} now); what was read of it was sent`);
}

/** The note of a row, or why there is none. @param defaults also for rows without a version */
export function noteOf(row: RowOrProblem, defaults: NoteDefaults & { readonly version: string }): NoteOrProblem {
  if ('error' in row) return row;
  return toNote({ ...row, fields: { version: defaults.version, ...row.fields } }, defaults);
}
