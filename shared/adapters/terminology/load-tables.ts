import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { createTerminology, NO_TERMINOLOGY, openTable, type Terminology, type TermTable } from '@epee/terminology';
import { invalid, missing, readManifest, type TableEntry } from './manifest.ts';

/** Folder of the tables that come with the program. */
export const SHIPPED_TABLES = fileURLToPath(new URL('../../../deploy/terminology', import.meta.url));

/** Largest table in memory, bytes. */
export const MAX_TABLE_BYTES = 512 * 1024 * 1024;

/** A table that was read and checked. */
export interface LoadedTable {
  readonly entry: TableEntry;
  /** The folder that it was read from. */
  readonly folder: string;
  readonly table: TermTable;
}

/**
 * Reads the shipped tables and a site's. A site's table takes the place of the shipped one of the same system.
 *
 * @param siteFolder folder that `epee terminology load` made; null: the shipped tables alone; `off`: none at all
 * @throws EpeeError TERMINOLOGY_MISSING, TERMINOLOGY_INVALID
 */
export async function loadTables(siteFolder: string | null): Promise<readonly LoadedTable[]> {
  if (siteFolder === 'off') return [];
  const own = siteFolder === null ? [] : await entriesOf(resolve(siteFolder));
  const systems = new Set(own.map(({ entry }) => entry.system));
  const shipped = (await entriesOf(SHIPPED_TABLES)).filter(({ entry }) => !systems.has(entry.system));
  return Promise.all([...own, ...shipped].map(async ({ entry, folder }) => ({ entry, folder, table: await loadTable(folder, entry) })));
}

/** {@link loadTables}, opened for look-up. @throws EpeeError as there */
export async function openTerminology(siteFolder: string | null): Promise<Terminology> {
  const loaded = await loadTables(siteFolder);
  if (loaded.length === 0) return NO_TERMINOLOGY;
  return createTerminology(loaded.map(({ entry: { system, version, sha256 }, table }) => ({ use: { system, version, sha256 }, table })));
}

const entriesOf = async (folder: string) => (await readManifest(folder)).map((entry) => ({ entry, folder }));

async function loadTable(folder: string, { file, sha256, concepts, terms }: TableEntry): Promise<TermTable> {
  const path = join(folder, file);
  const packed = await readFile(path).catch((cause: unknown) => {
    throw missing(path, cause);
  });
  const actual = createHash('sha256').update(packed).digest('hex');
  if (actual !== sha256) throw invalid(path, `its SHA-256 is ${actual}, and ${sha256} in the manifest`);
  const bytes = await promisify(brotliDecompress)(packed, { maxOutputLength: MAX_TABLE_BYTES }).catch(() => {
    throw invalid(path, `it is not compressed with Brotli, or larger than ${MAX_TABLE_BYTES} bytes`);
  });
  const table = openTable(bytes, path);
  if (table.concepts === concepts && table.keys === terms) return table;
  throw invalid(path, `it has ${table.concepts} concepts and ${table.keys} terms, and ${concepts} and ${terms} in the manifest`);
}
