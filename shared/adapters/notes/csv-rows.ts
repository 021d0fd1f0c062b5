import { EpeeError } from '@epee/errors';
import { readCsvRecords, splitCsvRecord } from './csv-records.ts';
import type { StartingAt } from './line-reader.ts';
import { lineLimit, type StandingRow } from './note-rows.ts';

/** Columns of a CSV file by the field of the note that they hold. */
export type CsvColumns = Readonly<Record<string, string>>;

/** How a CSV file is read. */
export interface CsvOptions {
  /** One character of ASCII. */
  readonly delimiter: string;
  /** Columns that are named otherwise than the fields. */
  readonly columns: CsvColumns;
}

/** Which field stands at which place of a record. */
export interface CsvLayout {
  readonly width: number;
  readonly fields: readonly (readonly [field: string, at: number])[];
  /** Where the first record after the header begins. */
  readonly next: StartingAt;
}

const FIELDS = ['documentId', 'version', 'source', 'patientRef', 'encounterRef', 'noteType', 'text'] as const;
const REQUIRED = ['documentId', 'text'] as const;
/** Longest header, bytes. */
const HEADER_LIMIT = 1024 * 1024;

/**
 * Reads the header. Names of columns are not repeated in messages: a file without a header has data there.
 * @throws EpeeError FILE_INVALID
 */
export async function readCsvLayout(chunks: AsyncIterable<Buffer>, path: string, { delimiter, columns }: CsvOptions): Promise<CsvLayout> {
  for await (const { bytes, next } of readCsvRecords(chunks, { delimiter, maxBytes: HEADER_LIMIT })) {
    const text = typeof bytes === 'string' ? undefined : decode(bytes);
    const names = text === undefined ? null : splitCsvRecord(text, delimiter);
    if (names === null) throw invalid(`${path}:1`, 'the header is not CSV in UTF-8');
    return layoutOf(`${path}:1`, { names: names.map((name) => name.trim()), columns, next });
  }
  throw invalid(path, 'the file is empty; its first line must name the columns');
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

/** Reads the records of a CSV file as rows, from after its header or from a later record. Empty cells are fields that the note does not have. */
export async function* readCsvRows(
  chunks: AsyncIterable<Buffer>,
  path: string,
  { delimiter, layout, maxTextBytes, from }: { delimiter: string; layout: CsvLayout; maxTextBytes: number; from: StartingAt },
): AsyncGenerator<StandingRow> {
  const maxBytes = lineLimit(maxTextBytes);
  for await (const { line, bytes, next } of readCsvRecords(chunks, { delimiter, maxBytes, from })) {
    if (typeof bytes !== 'string' && !bytes.some((byte) => byte > 0x20)) continue;
    const where = `${path}:${line}`;
    const problem = (code: 'FILE_INVALID' | 'TEXT_INVALID_UTF8' | 'TEXT_TOO_LARGE', what: string): StandingRow => ({
      where,
      error: new EpeeError(code, `${where}: ${what}`, { stage: 'cli', details: { where } }),
      next,
    });
    if (bytes === 'too-long') yield problem('TEXT_TOO_LARGE', `the record is longer than ${maxBytes} bytes; is a quote not closed?`);
    else if (bytes === 'open-quote') yield problem('FILE_INVALID', 'a quote is not closed; nothing after it could be read');
    else {
      const text = decode(bytes);
      const cells = text === undefined ? null : splitCsvRecord(text, delimiter);
      if (text === undefined) yield problem('TEXT_INVALID_UTF8', 'the bytes are not valid UTF-8');
      else if (cells === null) yield problem('FILE_INVALID', 'something stands behind a closing quote');
      else if (cells.length !== layout.width)
        yield problem('FILE_INVALID', `the record has ${cells.length} fields, but the header has ${layout.width}`);
      else yield { where, fields: fieldsOf(cells, layout), next };
    }
  }
}

function fieldsOf(cells: readonly string[], { fields }: CsvLayout): Record<string, string> {
  return Object.fromEntries(fields.flatMap(([field, at]) => (cells[at] === '' ? [] : [[field, cells[at]!]])));
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const invalid = (where: string, what: string) => new EpeeError('FILE_INVALID', `${where}: ${what}`, { stage: 'cli', details: { where } });

const columnMissing = (where: string, { wanted, field, count }: { wanted: string; field: string; count: number }) =>
  new EpeeError('FILE_INVALID', `${where}: none of the ${count} columns is named ${wanted}, which should hold ${field}`, {
    stage: 'cli',
    details: { where, column: wanted },
    hint: `Name the column: --column ${field}=NAME; --delimiter sets another than the comma.`,
  });
