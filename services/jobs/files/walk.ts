import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { CSV_FILE_ENDINGS, NOTE_FILE_ENDINGS } from '@epee/notes';

/** A file of an import. */
export interface ImportFile {
  /** Which of the import's paths, from 0. */
  readonly root: number;
  /** Path below it with "/", empty where that is the file itself. */
  readonly file: string;
  readonly absolute: string;
  readonly kind: 'text' | 'rows' | 'csv';
  readonly gzip: boolean;
  /** Id of the note of a text file: its name without `.txt`; in a folder its path from there. */
  readonly documentId: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Endings of the files that an import reads. */
export const IMPORT_ENDINGS = [...NOTE_FILE_ENDINGS, ...CSV_FILE_ENDINGS] as const;

/** A file at which a walk resumes. */
export type AfterFile = Pick<ImportFile, 'root' | 'file'> | null;

/**
 * The files of an import in a fixed order: paths as they were given, folders with everything below
 * them in the order of names. Hidden names, links and other endings are left out. Holds the names
 * of one folder at each depth.
 * @param from resumes at that file, itself included; files that came or went before do not matter
 * @throws EpeeError JOB_INPUT_INVALID where a path is missing, cannot be read or holds no such file
 */
export async function* walkFiles(paths: readonly string[], from: AfterFile = null): AsyncGenerator<ImportFile> {
  for (const [root, path] of paths.entries()) {
    if (from !== null && root < from.root) continue;
    const status = await orUnreadable(path, stat(path));
    if (!status.isDirectory()) {
      const file = describe({ root, file: '' }, path, status);
      if (file === null) throw refused(path, `does not end in ${IMPORT_ENDINGS.join(', ')}`);
      yield file;
      continue;
    }
    const start = from !== null && from.root === root && from.file !== '' ? from.file.split('/') : [];
    yield* below(path, { root, prefix: '', start });
  }
}

async function* below(
  folder: string,
  { root, prefix, start }: { root: number; prefix: string; start: readonly string[] },
): AsyncGenerator<ImportFile> {
  const entries = await orUnreadable(folder, readdir(folder, { withFileTypes: true }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const [first, ...rest] = start;
  for (const entry of entries) {
    if (entry.name.startsWith('.') || (first !== undefined && entry.name < first)) continue;
    const path = join(folder, entry.name);
    const file = `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* below(path, { root, prefix: `${file}/`, start: entry.name === first ? rest : [] });
    else if (entry.isFile() && endingOf(path) !== undefined) {
      const status = await orUnreadable(path, stat(path));
      const found = describe({ root, file }, path, status);
      if (found !== null) yield found;
    }
  }
}

function describe(
  place: Pick<ImportFile, 'root' | 'file'>,
  absolute: string,
  { size, mtimeMs }: { size: number; mtimeMs: number },
): ImportFile | null {
  const ending = endingOf(absolute);
  if (ending === undefined) return null;
  const name = place.file === '' ? basename(absolute) : place.file;
  return {
    ...place,
    absolute,
    kind: ending === '.txt' ? 'text' : ending.startsWith('.csv') ? 'csv' : 'rows',
    gzip: ending.endsWith('.gz'),
    documentId: name.slice(0, -ending.length),
    size,
    modifiedMs: mtimeMs,
  };
}

const endingOf = (path: string) => IMPORT_ENDINGS.find((ending) => path.toLowerCase().endsWith(ending));

/** JOB_INPUT_INVALID for a path. */
export const refused = (path: string, what: string, cause?: unknown): EpeeError =>
  new EpeeError('JOB_INPUT_INVALID', `${path} ${what}`, { stage: 'ingest', details: { path }, ...(cause === undefined ? {} : { cause }) });

/** Waits for an operation on a path. @throws EpeeError JOB_INPUT_INVALID */
export const orUnreadable = <T>(path: string, work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    throw unreadable(path, error);
  });

/** JOB_INPUT_INVALID for a path on which an operation failed. */
export function unreadable(path: string, cause: unknown): EpeeError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return refused(path, reason === 'ENOENT' ? 'does not exist, as the jobs service sees it' : `cannot be read (${reason})`, cause);
}
