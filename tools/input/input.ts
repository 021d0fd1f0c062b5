import { addAbortSignal, type Readable } from 'node:stream';
import { EpeeError } from '@epee/errors';
import { findNoteFiles, type MeasuredRow, type NoteFile, type RowProblem, readNoteFile, readRows, readText } from '@epee/notes';
import type { ImageFile } from './image-file.ts';

/** A row of a file of notes, or an image. */
export type InputRow = MeasuredRow | { readonly where: string; readonly image: ImageFile; readonly readBytes: number };

/** Rows of everything that a command was given. */
export interface NoteInput {
  readonly rows: AsyncIterable<InputRow>;
  /** Whether there are files (or standard input) with notes. */
  readonly holdsNotes: boolean;
  /** Whether there are images. */
  readonly holdsImages: boolean;
  /** Size of all files together, or null where standard input is read. */
  readonly totalBytes: number | null;
}

/** What a command was given. */
export interface InputOptions {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  readonly stdin: Readable;
  /** How standard input is read: `auto` takes it for rows where its first character is "{". */
  readonly stdinAs: 'auto' | 'text' | 'rows';
  /** Longest text of a note, bytes of UTF-8. */
  readonly maxTextBytes: number;
  /** Whether image files are taken too. @default false */
  readonly images?: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

const STDIN = '-';

/** Opens files, folders and standard input, to be read one after the other. Paths that cannot be read come first, as problems. */
export function openInput({ paths, stdin, stdinAs, maxTextBytes, images = false, signal }: InputOptions): NoteInput {
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new EpeeError('USAGE_INVALID', 'standard input (-) is named more than once, but can be read only once', { stage: 'cli' });
  }
  const sources = paths.map((path) => ({ path, ...(path === STDIN ? { files: [], problems: [] } : findNoteFiles([path], { images })) }));
  const files: readonly NoteFile[] = sources.flatMap((source) => source.files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    rows: rows(),
    holdsNotes: paths.includes(STDIN) || files.some(({ kind }) => kind !== 'image'),
    holdsImages: files.some(({ kind }) => kind === 'image'),
    totalBytes: paths.includes(STDIN) ? null : bytes,
  };

  async function* rows(): AsyncGenerator<InputRow> {
    for (const { path, problems } of sources) yield* problems.map((error): MeasuredRow => ({ where: path, error, readBytes: 0 }));
    for (const { path, files } of sources) {
      if (path === STDIN) yield* readStdin(addAbortSignal(signal, stdin), stdinAs, maxTextBytes);
      for (const file of files) {
        signal.throwIfAborted();
        if (file.kind === 'image') yield { where: file.path, image: file, readBytes: file.bytes };
        else yield* readNoteFile(file, { maxTextBytes });
      }
    }
  }
}

async function* readStdin(stdin: Readable, as: 'auto' | 'text' | 'rows', maxTextBytes: number): AsyncGenerator<MeasuredRow> {
  const { first, all } = await peek(stdin);
  const isRows = as === 'rows' || (as === 'auto' && first === '{');
  const rows = isRows ? readRows(all, 'stdin', maxTextBytes) : readText(all, 'stdin', 'stdin', maxTextBytes);
  try {
    for await (const row of rows) yield { ...row, readBytes: 0 };
  } catch (cause) {
    if ((cause as Error).name === 'AbortError') throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    const problem: RowProblem = {
      where: 'stdin',
      error: new EpeeError('FILE_INVALID', `standard input cannot be read (${reason})`, { stage: 'cli', cause }),
    };
    yield { ...problem, readBytes: 0 };
  }
}

/** The first character that is no white space, and the whole stream with it. */
async function peek(stdin: Readable): Promise<{ first: string; all: AsyncIterable<Buffer> }> {
  const chunks = stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const seen: Buffer[] = [];
  let first = '';
  while (first === '') {
    const { done, value } = await chunks.next();
    if (done) break;
    const chunk = Buffer.from(value);
    seen.push(chunk);
    first = chunk
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .trimStart()
      .slice(0, 1);
  }
  return { first, all: joined(seen, chunks) };
}

async function* joined(seen: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* seen;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield Buffer.from(next.value);
}
