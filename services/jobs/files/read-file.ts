import { type CsvOptions, cutShort, type LocatedRow, type RowOrProblem, readCsvLayout, readCsvRows, readRows, readText } from '@epee/notes';
import { type OpenFile, openFile } from './open-file.ts';
import type { ImportFile } from './walk.ts';

/** How files are read. */
export interface ReadOptions {
  readonly csv: CsvOptions;
  readonly maxTextBytes: number;
}

/**
 * A row of a file, and where the next one begins; null: it was the last, or nothing after it can be
 * read. `readBytes`: bytes of the file that were read.
 */
export type FileRow = RowOrProblem & { readonly next: { readonly line: number; readonly byte: number } | null; readonly readBytes: number };

/**
 * Reads a file's rows from a place on. Throws for nothing that the file holds: a row that cannot be
 * read comes as a problem, and so does a file of which the rest cannot be read.
 */
export async function* readImportFile(
  file: ImportFile,
  from: { readonly line: number; readonly byte: number },
  options: ReadOptions,
): AsyncGenerator<FileRow> {
  const opened: { at?: OpenFile } = {};
  try {
    for await (const row of rowsOf(file, from, { ...options, opened })) yield { ...row, readBytes: opened.at?.readBytes() ?? 0 };
  } catch (error) {
    yield { where: file.absolute, error: cutShort(file.absolute, error), next: null, readBytes: opened.at?.readBytes() ?? 0 };
  } finally {
    opened.at?.close();
  }
}

async function* rowsOf(
  file: ImportFile,
  from: { readonly line: number; readonly byte: number },
  { csv, maxTextBytes, opened }: ReadOptions & { readonly opened: { at?: OpenFile } },
): AsyncGenerator<LocatedRow | (RowOrProblem & { readonly next: null })> {
  const { absolute } = file;
  const open = (byte: number) => {
    opened.at = openFile(file, byte);
    return opened.at.chunks;
  };
  if (file.kind === 'text') {
    for await (const row of readText(open(0), absolute, file.documentId, maxTextBytes)) yield { ...row, next: null };
  } else if (file.kind === 'rows') {
    yield* readRows(open(from.byte), absolute, maxTextBytes, from);
  } else {
    const layout = await readLayout(file, csv);
    const start = from.byte === 0 ? layout.next : from;
    yield* readCsvRows(open(start.byte), absolute, { delimiter: csv.delimiter, layout, maxTextBytes, from: start });
  }
}

/** The header of a CSV file. @throws EpeeError FILE_INVALID */
export async function readLayout(file: ImportFile, csv: CsvOptions) {
  const head = openFile(file, 0);
  try {
    return await readCsvLayout(head.chunks, file.absolute, csv);
  } finally {
    head.close();
  }
}
