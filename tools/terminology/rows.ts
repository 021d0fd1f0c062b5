import { createReadStream, statSync } from 'node:fs';
import { EpeeError } from '@epee/errors';
import { readCsvRecords, readLines, splitCsvRecord, unzipped } from '@epee/notes';
import type { Watch } from '@epee/terminal';

/** Longest line of a table, bytes. */
const MAX_LINE_BYTES = 1024 * 1024;

/** A row of a table: its cells, and where it stands. */
export interface Row {
  readonly cells: readonly string[];
  /** `file:line` */
  readonly where: string;
}

/** How a file's lines are cut into cells: at every delimiter, or with quotes as in CSV. */
export interface RowForm {
  readonly delimiter: string;
  readonly quoted: boolean;
}

/**
 * The rows of a file, plain or `.gz`, one after the other, with progress by its size.
 * @throws EpeeError FILE_NOT_FOUND, FILE_INVALID with file and line; the reason of `signal` when it is aborted
 */
export async function* readTableRows(path: string, { delimiter, quoted }: RowForm, { startProgress, signal }: Watch): AsyncGenerator<Row> {
  const total = sizeOf(path);
  const raw = createReadStream(path);
  const progress = startProgress(`read ${path}`);
  let lines = 0;
  try {
    for await (const { line, bytes } of cut(path.endsWith('.gz') ? unzipped(raw) : raw, { delimiter, quoted })) {
      lines += 1;
      if (lines % 10_000 === 0) {
        signal.throwIfAborted();
        progress.at(Math.min(1, raw.bytesRead / Math.max(1, total)), `${lines} lines`);
      }
      const where = `${path}:${line}`;
      if (bytes === null) throw badRow(where, `the line is longer than ${MAX_LINE_BYTES} bytes, or a quote is not closed`);
      const text = bytes.toString('utf8').replace(/^\uFEFF|\r$/g, '');
      const cells = quoted ? splitCsvRecord(text, delimiter) : text.split(delimiter);
      if (cells === null) throw badRow(where, 'something follows a closing quote');
      if (text !== '') yield { cells, where };
    }
  } catch (cause) {
    if (cause instanceof EpeeError || signal.aborted) throw cause;
    throw badRow(path, `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  } finally {
    raw.destroy();
    progress.end();
  }
}

async function* cut(chunks: AsyncIterable<Buffer>, { delimiter, quoted }: RowForm): AsyncGenerator<{ line: number; bytes: Buffer | null }> {
  if (!quoted) for await (const { number, bytes } of readLines(chunks, MAX_LINE_BYTES)) yield { line: number, bytes };
  else
    for await (const { line, bytes } of readCsvRecords(chunks, { delimiter, maxBytes: MAX_LINE_BYTES }))
      yield { line, bytes: typeof bytes === 'string' ? null : bytes };
}

/** Bytes of a file. @throws EpeeError FILE_NOT_FOUND */
export function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw new EpeeError('FILE_NOT_FOUND', `${path} does not exist`, { stage: 'read', details: { path }, cause });
  }
}

/** FILE_INVALID for a row. @param where `file:line`, or the file */
export const badRow = (where: string, what: string, hint?: string) =>
  new EpeeError('FILE_INVALID', `${where}: ${what}`, { stage: 'read', details: { where }, ...(hint === undefined ? {} : { hint }) });
