import { EpeeError } from '@epee/errors';
import { readCsvRecords, splitCsvRecord } from './csv-records.ts';
import { decodeUtf8 } from './decode.ts';
import type { StartingAt } from './line-reader.ts';
import { type LocatedRow, lineLimit, type RowOrProblem } from './note-rows.ts';
import { notUtf8, rowProblem } from './problems.ts';

/** Columns of a CSV file by the field of the note that they hold. */
export type CsvColumns = Readonly<Record<string, string>>;

/** How a CSV file is read. */
export interface CsvOptions {
  /** One character of ASCII. */
  readonly delimiter: string;
  /** Columns that are named otherwise than the fields. */
  readonly columns: CsvColumns;
}

/** Which field a record has at which place. */
export interface CsvLayout {
  readonly width: number;
  readonly fields: readonly (readonly [field: string, at: number])[];
  /** Where the first record after the header begins. */
  readonly next: StartingAt;
}

/** Fields of a note that a column may hold. */
export const FIELDS = ['documentId', 'version', 'source', 'patientRef', 'encounterRef', 'noteType', 'text'] as const;
const REQUIRED = ['documentId', 'text'] as const;
/** Longest header, bytes. */
const HEADER_LIMIT = 1024 * 1024;

/**
 * Reads the header. Names of columns are not repeated in messages: a file without a header has data
 * there.
 * @throws EpeeError FILE_INVALID
 */
export async function readCsvLayout(chunks: AsyncIterable<Buffer>, path: string, { delimiter, columns }: CsvOptions): Promise<CsvLayout> {
  const { names, next } = await readCsvHeader(chunks, path, delimiter);
  return layoutOf(`${path}:1`, { names, columns, next });
}

/**
 * Reads the names of the columns, and where the first record begins.
 * @throws EpeeError FILE_INVALID
 */
export async function readCsvHeader(
  chunks: AsyncIterable<Buffer>,
  path: string,
  delimiter: string,
): Promise<{ readonly names: readonly string[]; readonly next: StartingAt }> {
  for await (const { bytes, next } of readCsvRecords(chunks, { delimiter, maxBytes: HEADER_LIMIT })) {
    const text = typeof bytes === 'string' ? undefined : decodeUtf8(bytes);
    const names = text === undefined ? null : splitCsvRecord(text, delimiter);
    if (names === null) throw rowProblem('FILE_INVALID', `${path}:1`, 'the header is not CSV in UTF-8');
    return { names: names.map((name) => name.trim()), next };
  }
  throw rowProblem('FILE_INVALID', path, 'the file is empty; its first line must name the columns');
}

function layoutOf(where: string, { names, columns, next }: { names: readonly string[]; columns: CsvColumns; next: StartingAt }): CsvLayout {
  const fields = FIELDS.flatMap((field) => {
    const wanted = columns[field] ?? (field === 'documentId' && !names.includes(field) ? 'id' : field);
    const at = names.indexOf(wanted);
    const named = columns[field] !== undefined || (REQUIRED as readonly string[]).includes(field);
    if (at < 0 && named) throw columnMissing(where, { wanted, field, count: names.length });
    return at < 0 ? [] : [[field, at] as const];
  });
  return { width: names.length, fields, next };
}

/**
 * Reads the records of a CSV file as rows, from after its header or from a later record. Empty
 * cells are fields that the note does not have.
 */
export async function* readCsvRows(
  chunks: AsyncIterable<Buffer>,
  path: string,
  { delimiter, layout, maxTextBytes, from }: { delimiter: string; layout: CsvLayout; maxTextBytes: number; from: StartingAt },
): AsyncGenerator<LocatedRow> {
  const maxBytes = lineLimit(maxTextBytes);
  for await (const { line, bytes, next } of readCsvRecords(chunks, { delimiter, maxBytes, from })) {
    const where = `${path}:${line}`;
    if (bytes === 'too-long')
      yield {
        where,
        error: rowProblem('TEXT_TOO_LARGE', where, `the record is longer than ${maxBytes} bytes; is a quote not closed?`),
        next,
      };
    else if (bytes === 'open-quote')
      yield { where, error: rowProblem('FILE_INVALID', where, 'a quote is not closed; nothing after it could be read'), next };
    else if (bytes.some((byte) => byte > 0x20)) yield { ...parseRecord(bytes, where, { delimiter, layout }), next };
  }
}

function parseRecord(bytes: Buffer, where: string, { delimiter, layout }: { delimiter: string; layout: CsvLayout }): RowOrProblem {
  const text = decodeUtf8(bytes);
  if (text === undefined) return { where, error: notUtf8(where, bytes) };
  const invalid = (what: string) => ({ where, error: rowProblem('FILE_INVALID', where, what) });
  const cells = splitCsvRecord(text, delimiter);
  if (cells === null) return invalid('something follows a closing quote');
  if (cells.length !== layout.width) return invalid(`the record has ${cells.length} fields, but the header has ${layout.width}`);
  return { where, fields: fieldsOf(cells, layout) };
}

function fieldsOf(cells: readonly string[], { fields }: CsvLayout): Record<string, string> {
  return Object.fromEntries(fields.flatMap(([field, at]) => (cells[at] === '' ? [] : [[field, cells[at]!]])));
}

const columnMissing = (where: string, { wanted, field, count }: { wanted: string; field: string; count: number }) =>
  new EpeeError('FILE_INVALID', `${where}: none of the ${count} columns is named ${wanted}, which should hold ${field}`, {
    stage: 'read',
    details: { where, column: wanted },
    hint: `Name the column: --column ${field}=NAME; --delimiter sets another than the comma.`,
  });
