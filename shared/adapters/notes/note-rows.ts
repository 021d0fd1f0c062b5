import { createReadStream } from 'node:fs';
import type { EpeeError } from '@epee/errors';
import { decodeUtf8, unzipped } from './decode.ts';
import { readLines, type StartingAt } from './line-reader.ts';
import type { NoteFile } from './note-files.ts';
import { cutShort, notUtf8, rowProblem } from './problems.ts';

/** A note of a file, not yet checked. */
export interface NoteRow {
  /** `file:line`, or the file alone where it is one note. */
  readonly where: string;
  /** Fields of the JSON object; of a text file `documentId` and `text`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A row that cannot be read, or a file of which the rest cannot be read. */
export interface RowProblem {
  readonly where: string;
  readonly error: EpeeError;
}

/** What a place of a file holds. */
export type RowOrProblem = NoteRow | RowProblem;

/** How rows are read. */
export interface RowOptions {
  /** Longest text of a note, bytes of UTF-8. */
  readonly maxTextBytes: number;
}

/** A row, and the bytes of its file on the disk that were read since the row before. */
export type MeasuredRow = RowOrProblem & { readonly readBytes: number };

/** A row, and where the next one begins. */
export type LocatedRow = RowOrProblem & { readonly next: StartingAt };

/** Longest line, bytes: JSON may write a byte as six (`\u0041`); the other fields are short. */
export const lineLimit = (maxTextBytes: number) => 6 * maxTextBytes + 65_536;

/**
 * Reads the notes of a file one by one, with one line and one chunk in memory. Throws for nothing
 * that the file holds.
 */
export async function* readNoteFile(file: NoteFile, { maxTextBytes }: RowOptions): AsyncGenerator<MeasuredRow> {
  // A small chunk of a gzip file holds many notes: with large ones the progress would jump.
  const raw = createReadStream(file.path, { highWaterMark: file.gzip ? 8192 : 65_536 });
  let measured = 0;
  const readBytes = () => {
    const more = raw.bytesRead - measured;
    measured = raw.bytesRead;
    return more;
  };
  try {
    const bytes = file.gzip ? unzipped(raw) : raw;
    const rows =
      file.kind === 'rows' ? readRows(bytes, file.path, maxTextBytes) : readText(bytes, file.path, file.documentId, maxTextBytes);
    for await (const row of rows) yield { ...row, readBytes: readBytes() };
  } catch (error) {
    yield { where: file.path, error: cutShort(file.path, error), readBytes: readBytes() };
  } finally {
    raw.destroy();
  }
}

/** Reads JSON rows, one object a line; empty lines are left out. */
export async function* readRows(
  chunks: AsyncIterable<Buffer>,
  path: string,
  maxTextBytes: number,
  from?: StartingAt,
): AsyncGenerator<LocatedRow> {
  for await (const { number, bytes, end } of readLines(chunks, lineLimit(maxTextBytes), from)) {
    const where = `${path}:${number}`;
    const next = { line: number + 1, byte: end };
    if (bytes === null)
      yield { where, error: rowProblem('TEXT_TOO_LARGE', where, `a line is longer than ${lineLimit(maxTextBytes)} bytes`), next };
    else if (bytes.some((byte) => byte > 0x20)) yield { ...parseRow(bytes, where), next };
  }
}

/** Reads a whole stream as the text of one note. */
export async function* readText(
  chunks: AsyncIterable<Buffer>,
  path: string,
  documentId: string,
  maxTextBytes: number,
): AsyncGenerator<RowOrProblem> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxTextBytes) {
      yield { where: path, error: rowProblem('TEXT_TOO_LARGE', path, `the text is longer than ${maxTextBytes} bytes`) };
      return;
    }
    parts.push(chunk);
  }
  const whole = Buffer.concat(parts, bytes);
  const text = decodeUtf8(whole);
  yield text === undefined ? { where: path, error: notUtf8(path, whole) } : { where: path, fields: { documentId, text } };
}

/** What is wrong with a line that is not JSON. */
function lineProblem(line: string): string {
  const isPart = /^\s*[[{]\s*$|^\s*\[/.test(line);
  return isPart
    ? 'the line is not a whole JSON object; each note needs a line of its own (`jq -c .[]` makes lines of an array)'
    : 'the line is not valid JSON';
}

function parseRow(bytes: Buffer, where: string): RowOrProblem {
  const line = decodeUtf8(bytes);
  if (line === undefined) return { where, error: notUtf8(where, bytes) };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's own message quotes the text.
    return { where, error: rowProblem('FILE_INVALID', where, lineProblem(line)) };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { where, fields: value as Record<string, unknown> };
  return {
    where,
    error: rowProblem(
      'FILE_INVALID',
      where,
      Array.isArray(value)
        ? 'the line is a JSON array; each note needs a line of its own (`jq -c .[]` makes lines of an array)'
        : 'the line is not a JSON object',
    ),
  };
}
