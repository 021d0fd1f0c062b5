import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';

/** Name of the file that tells which tables a folder holds. */
export const MANIFEST = 'manifest.json';

/** What a manifest says of a table. */
export interface TableEntry {
  /** Name of the file in the folder: the table, compressed with Brotli. */
  readonly file: string;
  /** Short name of the code system. */
  readonly system: string;
  readonly version: string;
  /** Where the table was made from. */
  readonly source: string;
  readonly licence: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly concepts: number;
  /** Different terms, by their keys. */
  readonly terms: number;
}

const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.terms\.br$/;
const TEXTS = ['system', 'version', 'source', 'licence'] as const;

/**
 * The tables of a folder, in the order of its manifest.
 * @throws EpeeError TERMINOLOGY_MISSING where there is no manifest, TERMINOLOGY_INVALID where it says something else
 */
export async function readManifest(folder: string): Promise<readonly TableEntry[]> {
  const path = join(folder, MANIFEST);
  const tables = parse(await read(path), path)?.tables;
  if (!Array.isArray(tables)) throw invalid(path, 'it is not {"tables": [...]}');
  const entries = tables.map((entry, index) => checked(entry, `${path}: tables[${index}]`));
  const systems = entries.map(({ system }) => system);
  const twice = systems.find((system, index) => systems.indexOf(system) !== index);
  if (twice !== undefined) throw invalid(path, `it has two tables of ${twice}`);
  return entries;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw missing(path, cause);
  }
}

function parse(text: string, path: string): { readonly tables?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, 'it is not JSON');
  }
}

function checked(value: unknown, where: string): TableEntry {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Record<keyof TableEntry, unknown>;
  const wrong = [
    ...TEXTS.filter((field) => typeof entry[field] !== 'string' || entry[field].length === 0 || entry[field].length > 1000),
    ...(typeof entry.file === 'string' && FILE.test(entry.file) ? [] : ['file']),
    ...(typeof entry.sha256 === 'string' && /^[0-9a-f]{64}$/.test(entry.sha256) ? [] : ['sha256']),
    ...(['concepts', 'terms'] as const).filter((field) => !Number.isSafeInteger(entry[field])),
  ];
  if (wrong.length > 0) throw invalid(where, `missing or not of its form: ${wrong.join(', ')}`);
  const { file, system, version, source, licence, sha256, concepts, terms } = entry as unknown as TableEntry;
  return { file, system, version, source, licence, sha256, concepts, terms };
}

/** @param where the file that is not there */
export const missing = (where: string, cause?: unknown) =>
  new EpeeError('TERMINOLOGY_MISSING', `${where} cannot be read`, {
    stage: 'config',
    details: { path: where },
    hint: 'EPEE_TERMINOLOGY_DIR names a folder that epee terminology load made; empty: the shipped tables alone; off: no codes.',
    ...(cause === undefined ? {} : { cause }),
  });

/** @param what is wrong with it */
export const invalid = (where: string, what: string) =>
  new EpeeError('TERMINOLOGY_INVALID', `${where} cannot be used: ${what}`, {
    stage: 'config',
    details: { path: where },
    hint: 'Make the table anew: epee terminology load.',
  });
