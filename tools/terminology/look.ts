import type { Code } from '@epee/records';
import { count, tableText } from '@epee/terminal';
import { loadTables, openTerminology, type TableEntry } from '@epee/terminology-files';

/** A table that is in use. */
export interface ListedTable extends TableEntry {
  readonly folder: string;
  /** Memory that it takes. */
  readonly bytes: number;
}

/** The tables in use: a site's, then those that are shipped. @throws EpeeError TERMINOLOGY_MISSING, TERMINOLOGY_INVALID */
export async function listTerminologies(folder: string | null): Promise<readonly ListedTable[]> {
  return (await loadTables(folder)).map(({ entry, folder: from, table }) => ({ ...entry, folder: from, bytes: table.bytes }));
}

/** The tables in words. @param width of the terminal */
export function listText(tables: readonly ListedTable[], width: number): string {
  if (tables.length === 0) return 'No terminology: EPEE_TERMINOLOGY_DIR is off.';
  const columns = [
    { heading: 'system' },
    { heading: 'version' },
    { heading: 'concepts' },
    { heading: 'terms' },
    { heading: 'MB' },
    { heading: 'licence' },
  ];
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const rows = tables.map(({ system, version, concepts, terms, bytes, licence }) => [
    system,
    version,
    count(concepts),
    count(terms),
    megabytes(bytes),
    licence,
  ]);
  const total = megabytes(tables.reduce((sum, { bytes }) => sum + bytes, 0));
  return `${tableText(columns, rows, width)}\n${total} MB in memory`;
}

/** What an entity would be coded as. @throws EpeeError TERMINOLOGY_MISSING, TERMINOLOGY_INVALID */
export const findCodes = async (folder: string | null, label: string, text: string): Promise<readonly Code[]> =>
  (await openTerminology(folder)).codesOf(label, text);

/** The codes in words. */
export const findText = (codes: readonly Code[]) =>
  codes.length === 0 ? 'No code.' : codes.map(({ system, code, display, match }) => `${system} ${code}  ${display}  (${match})`).join('\n');
