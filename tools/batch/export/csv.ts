import type { TableRow } from './tables.ts';

/** A record of CSV by RFC 4180, with its CRLF. An empty text is quoted, so that it differs from a missing value. */
export const csvRecord = (row: TableRow): string => `${row.map(cell).join(',')}\r\n`;

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
