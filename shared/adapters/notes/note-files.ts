import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { EpeeError } from '@epee/errors';
import { reasonOf } from './problems.ts';

/** A file that holds notes. */
export interface NoteFile {
  readonly path: string;
  /** `text`: one note. `rows`: one note per line, in JSON. `csv`: one note per record. `image`: one image. */
  readonly kind: 'text' | 'rows' | 'csv' | 'image';
  readonly gzip: boolean;
  /**
   * Id of the one note of a text file: its name without `.txt`; in a folder its path from that
   * folder, with `/`. An image keeps its ending, so that it is not taken for a version of the note
   * beside it.
   */
  readonly documentId: string;
  /** Size on disk. */
  readonly bytes: number;
}

/** Endings of the files that are read. */
export const NOTE_FILE_ENDINGS = ['.txt', '.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz'] as const;

/** Endings of CSV files. */
export const CSV_FILE_ENDINGS = ['.csv', '.csv.gz'] as const;

/** Endings of the files that are images. */
export const IMAGE_FILE_ENDINGS = ['.png', '.jpg', '.jpeg'] as const;

/** The files found, and what was wrong with paths that gave none. */
export interface NoteFileList {
  readonly files: readonly NoteFile[];
  readonly problems: readonly EpeeError[];
}

/**
 * Finds the files of notes under paths: files as they are, folders with everything below them in
 * the order of names. Hidden names and links are left out. Problems have the codes FILE_NOT_FOUND
 * and FILE_INVALID.
 * @param wanted whether images and CSV files are wanted too; `readNoteFile` does not read these
 */
export function findNoteFiles(
  paths: readonly string[],
  { images = false, csv = false }: { readonly images?: boolean; readonly csv?: boolean } = {},
): NoteFileList {
  const endings: readonly string[] = [...NOTE_FILE_ENDINGS, ...(csv ? CSV_FILE_ENDINGS : []), ...(images ? IMAGE_FILE_ENDINGS : [])];
  const files: NoteFile[] = [];
  const problems: EpeeError[] = [];
  for (const path of paths) {
    try {
      files.push(...filesAt(path, endings));
    } catch (error) {
      problems.push(error instanceof EpeeError ? error : notReadable(path, error));
    }
  }
  return { files, problems };
}

function filesAt(path: string, endings: readonly string[]): NoteFile[] {
  const stat = statSync(path);
  if (!stat.isDirectory() && !stat.isFile()) throw invalid(path, 'is neither a file nor a folder');
  if (stat.isFile()) return [describe(path, basename(path), stat.size, endings)];
  const found = [...filesBelow(path)].filter((file) => endingOf(file, endings) !== undefined);
  if (found.length === 0) throw invalid(path, `holds no file that ends in ${endings.join(', ')}`);
  return found.map((file) => describe(file, relative(path, file).split(sep).join('/'), statSync(file).size, endings));
}

function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry: Dirent) => !entry.name.startsWith('.'));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function describe(path: string, name: string, bytes: number, endings: readonly string[]): NoteFile {
  const ending = endingOf(path, endings);
  if (ending === undefined) throw invalid(path, `does not end in ${endings.join(', ')}`);
  const isImage = (IMAGE_FILE_ENDINGS as readonly string[]).includes(ending);
  return {
    path,
    kind: isImage ? 'image' : ending === '.txt' ? 'text' : ending.startsWith('.csv') ? 'csv' : 'rows',
    gzip: ending.endsWith('.gz'),
    documentId: isImage ? name : name.slice(0, -ending.length),
    bytes,
  };
}

const endingOf = (path: string, endings: readonly string[]) => endings.find((ending) => path.toLowerCase().endsWith(ending));

const invalid = (path: string, what: string) => new EpeeError('FILE_INVALID', `${path} ${what}`, { stage: 'read', details: { path } });

function notReadable(path: string, cause: unknown): EpeeError {
  const reason = reasonOf(cause);
  if (reason === 'ENOENT') return new EpeeError('FILE_NOT_FOUND', `${path} does not exist`, { stage: 'read', details: { path }, cause });
  return new EpeeError('FILE_INVALID', `${path} cannot be read (${reason})`, { stage: 'read', details: { path, reason }, cause });
}
