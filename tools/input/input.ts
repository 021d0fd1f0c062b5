import { randomBytes } from 'node:crypto';
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
  /** Id of the notes of standard input that name none (of rows, before their line); null where no note got it so far. */
  stdinIdUsed(): string | null;
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
  /** Id for notes of standard input that name none. @default one that no other call gets */
  readonly stdinId?: string;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

const STDIN = '-';

/** Opens files, folders and standard input, to be read one after the other. Paths that cannot be read come first, as problems. */
export function openInput({
  paths,
  stdin,
  stdinAs,
  maxTextBytes,
  images = false,
  stdinId = newStdinId(),
  signal,
}: InputOptions): NoteInput {
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new EpeeError('USAGE_INVALID', 'standard input (-) is named more than once, but can be read only once', { stage: 'cli' });
  }
  const sources = paths.map((path) => ({ path, ...(path === STDIN ? { files: [], problems: [] } : findNoteFiles([path], { images })) }));
  const files: readonly NoteFile[] = sources.flatMap((source) => source.files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let idUsed = false;
  return {
    rows: rows(),
    holdsNotes: paths.includes(STDIN) || files.some(({ kind }) => kind !== 'image'),
    holdsImages: files.some(({ kind }) => kind === 'image'),
    totalBytes: paths.includes(STDIN) ? null : bytes,
    stdinIdUsed: () => (idUsed ? stdinId : null),
  };

  async function* rows(): AsyncGenerator<InputRow> {
    for (const { path, problems } of sources) yield* problems.map((error): MeasuredRow => ({ where: path, error, readBytes: 0 }));
    for (const { path, files } of sources) {
      if (path === STDIN) {
        for await (const row of readStdin(addAbortSignal(signal, stdin), stdinAs, maxTextBytes)) {
          const named = withId(row, stdinId);
          idUsed ||= named !== row;
          yield named;
        }
      }
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
  const rows = isRows ? readRows(all, 'stdin', maxTextBytes) : readText(all, 'stdin', '', maxTextBytes);
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

/** `stdin-20260301-083000-4f2a`: its time, to be read by people, and some chance, so that two of one second differ. */
function newStdinId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `stdin-${time}-${randomBytes(2).toString('hex')}`;
}

/** A row with an id of its own, where it names none: two notes under one id would be versions of one document. */
function withId(row: MeasuredRow, stdinId: string): MeasuredRow {
  if ('error' in row) return row;
  const { documentId, id } = row.fields;
  if ((documentId ?? id ?? '') !== '') return row;
  const line = /:(\d+)$/.exec(row.where)?.[1];
  return { ...row, fields: { ...row.fields, documentId: line === undefined ? stdinId : `${stdinId}-${line}` } };
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
