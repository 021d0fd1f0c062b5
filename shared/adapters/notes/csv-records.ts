import { createLineBuffer } from './line-buffer.ts';
import type { StartingAt } from './line-reader.ts';

/** A record of a CSV file (RFC 4180): a line, or several where quoted fields hold line ends. */
export interface CsvRecord {
  /** Line on which it begins, counted from 1. */
  readonly line: number;
  /**
   * Its bytes without the line end; `too-long`: over the limit; `open-quote`: the file ends inside
   * a quoted field.
   */
  readonly bytes: Buffer | 'too-long' | 'open-quote';
  /** Where the next record begins. */
  readonly next: StartingAt;
}

/** How records are cut. */
export interface CsvCut {
  /** One character of ASCII. */
  readonly delimiter: string;
  /** Longest record that is kept. */
  readonly maxBytes: number;
  /** @default the beginning */
  readonly from?: StartingAt | undefined;
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Cuts a stream of bytes into CSV records. Never holds more than one record and one chunk. A quote
 * opens a field only at its beginning; elsewhere it is a character.
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  { delimiter, maxBytes, from = { line: 1, byte: 0 } }: CsvCut,
): AsyncGenerator<CsvRecord> {
  const separator = delimiter.charCodeAt(0);
  let byte = from.byte;
  let line = from.line;
  let firstLine = from.line;
  const buffer = createLineBuffer(maxBytes);
  let atFieldStart = true;
  let quoted = false;
  let justClosed = false;

  const take = (end: number): CsvRecord => {
    const bytes = buffer.take() ?? 'too-long';
    const record = { line: firstLine, bytes: quoted ? 'open-quote' : bytes, next: { line, byte: end } } as const;
    firstLine = line;
    atFieldStart = true;
    quoted = false;
    justClosed = false;
    return record;
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at];
      if (code === LINE_FEED) line += 1;
      if (quoted) {
        justClosed = code === QUOTE;
        quoted = !justClosed;
      } else if (code === LINE_FEED) {
        buffer.add(chunk.subarray(start, at));
        start = at + 1;
        yield take(byte + start);
      } else if (byte + at >= 3 || code !== BYTE_ORDER_MARK[byte + at]) {
        // A doubled quote closes its field and opens it again at once.
        quoted = code === QUOTE && (atFieldStart || justClosed);
        atFieldStart = code === separator;
        justClosed = false;
      }
    }
    if (start < chunk.length) buffer.add(chunk.subarray(start));
    byte += chunk.length;
  }
  if (buffer.size() > 0) yield take(byte);
}

/** The fields of a record, or null where something follows a closing quote. */
export function splitCsvRecord(record: string, delimiter: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    if (record[at] === '"') {
      const field = quotedField(record, at);
      if (field === null || (field.end < record.length && record[field.end] !== delimiter)) return null;
      fields.push(field.value);
      at = field.end;
    } else {
      const found = record.indexOf(delimiter, at);
      const end = found < 0 ? record.length : found;
      fields.push(record.slice(at, end));
      at = end;
    }
    if (at >= record.length) return fields;
    at += 1;
    if (at === record.length) return [...fields, ''];
  }
}

function quotedField(record: string, start: number): { value: string; end: number } | null {
  let value = '';
  for (let from = start + 1; ; ) {
    const quote = record.indexOf('"', from);
    if (quote < 0) return null;
    value += record.slice(from, quote);
    if (record[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}
