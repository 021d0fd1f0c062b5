import { createReadStream } from 'node:fs';
import { EpeeError } from '@epee/errors';
import {
  type CsvOptions,
  findNoteFiles,
  type NoteFile,
  type RowOrProblem,
  readCsvHeader,
  readCsvLayout,
  readCsvRows,
  readNoteFile,
  toNote,
  unzipped,
} from '@epee/notes';
import { counted } from '@epee/terminal';
import { type Proposal, proposalFlags, proposeColumns } from './propose-columns.ts';

/** What would be imported, and how. */
export interface DryRunRequest {
  readonly paths: readonly string[];
  readonly csv: CsvOptions;
  readonly source: string;
  readonly version: string;
  /** Longest text of a note, bytes of UTF-8. */
  readonly maxTextBytes: number;
}

/** What one file holds, by its header and first rows. */
export interface DryRunFile {
  readonly path: string;
  readonly kind: NoteFile['kind'];
  /** Columns of a CSV file; null where it is none, or its first line looks like data. */
  readonly columns: readonly string[] | null;
  /** Flags to add to the command; empty: none is needed. */
  readonly proposal: string;
  /** First rows that were read, and those of them that are notes, with the proposal where there is one. */
  readonly rows: number;
  readonly notes: number;
  /** What is wrong; the first of each row, and what keeps the file from being read as asked. */
  readonly problems: readonly string[];
}

/** What would come of an import. */
export interface DryRunReport {
  readonly files: readonly DryRunFile[];
  /** Files that were found, and their bytes; only the first are looked into. */
  readonly found: number;
  readonly bytes: number;
  /** Paths that gave no file. */
  readonly problems: readonly string[];
}

const FILES_LOOKED_INTO = 20;
const ROWS_LOOKED_AT = 5;

/** Reads headers and first rows as this machine sees the files, and proposes flags for CSV files. Sends nothing. */
export async function dryRun(request: DryRunRequest): Promise<DryRunReport> {
  const { files, problems } = findNoteFiles(request.paths, { csv: true });
  const looked: DryRunFile[] = [];
  for (const file of files.slice(0, FILES_LOOKED_INTO)) looked.push(await lookInto(file, request));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { files: looked, found: files.length, bytes, problems: problems.map(({ message }) => message) };
}

/** Whether everything that was looked at could be imported as it was asked for. */
export const isImportable = ({ files, problems }: DryRunReport): boolean =>
  problems.length === 0 && files.every(({ proposal, problems: own }) => proposal === '' && own.length === 0);

/** The report for people. It shows names of columns, never cells. */
export function dryRunText(report: DryRunReport): string {
  const { files, found, problems } = report;
  const more = found > files.length ? [`and ${counted(found - files.length, 'file')} that were not looked into`] : [];
  const end = isImportable(report) ? 'Nothing was sent; without --dry-run it is imported.' : 'Nothing was sent.';
  return [...problems, ...files.map(fileText), ...more, end].join('\n');
}

function fileText({ path, columns, proposal, rows, notes, problems }: DryRunFile): string {
  return [
    path,
    ...(columns === null ? [] : [`  columns   ${columns.join(', ')}`]),
    ...(proposal === '' ? [] : [`  proposal  ${proposal}`]),
    `  ${notes} of the first ${counted(rows, 'row')} ${notes === 1 ? 'is a note' : 'are notes'}${proposal === '' ? '' : ', with the proposal'}`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}

async function lookInto(file: NoteFile, request: DryRunRequest): Promise<DryRunFile> {
  const { path, kind } = file;
  const none = { path, kind, columns: null, proposal: '', rows: 0, notes: 0 };
  try {
    if (kind !== 'csv') return { ...none, ...(await judge(readNoteFile(file, request), request)) };
    const { delimiter, columns: given } = request.csv;
    const { names } = await withChunks(file, (chunks) => readCsvHeader(chunks, path, delimiter));
    const proposal = proposeColumns(names, given, delimiter);
    const columns = proposal.isHeader ? names : null;
    const problem = headerProblem(proposal);
    if (problem !== null) return { ...none, columns, proposal: proposalFlags(proposal), problems: [problem] };
    const csv = { delimiter: proposal.delimiter ?? delimiter, columns: { ...given, ...proposal.columns } };
    return { ...none, columns, proposal: proposalFlags(proposal), ...(await judgeCsv(file, csv, request)) };
  } catch (error) {
    if (!(error instanceof EpeeError)) throw error;
    return { ...none, problems: [error.message] };
  }
}

const headerProblem = ({ isHeader, missing }: Proposal): string | null =>
  !isHeader
    ? 'the first line looks like data; it must name the columns'
    : missing.length === 0
      ? null
      : `no column is known to hold ${missing.join(' and ')}: name it with ${missing.map((field) => `--column ${field}=NAME`).join(' and ')}`;

async function judgeCsv(file: NoteFile, csv: CsvOptions, request: DryRunRequest): Promise<Judged> {
  const layout = await withChunks(file, (chunks) => readCsvLayout(chunks, file.path, csv));
  const { delimiter } = csv;
  const { maxTextBytes } = request;
  return withChunks(file, async (chunks) => {
    const records = readCsvRows(chunks, file.path, { delimiter, layout, maxTextBytes, from: { line: 1, byte: 0 } });
    return judge(withoutFirst(records), request);
  });
}

/** The header is read as a record, too. */
async function* withoutFirst(rows: AsyncIterable<RowOrProblem>): AsyncGenerator<RowOrProblem> {
  let isFirst = true;
  for await (const row of rows) {
    if (!isFirst) yield row;
    isFirst = false;
  }
}

type Judged = Pick<DryRunFile, 'rows' | 'notes' | 'problems'>;

async function judge(rows: AsyncIterable<RowOrProblem>, { source, version, maxTextBytes }: DryRunRequest): Promise<Judged> {
  const problems: string[] = [];
  let count = 0;
  for await (const row of rows) {
    count += 1;
    const note =
      'error' in row
        ? row
        : toNote({ ...row, fields: { version, ...row.fields } }, { defaultSource: source, receivedAtMs: 0, maxTextBytes });
    if ('error' in note) problems.push(note.error.message);
    if (count === ROWS_LOOKED_AT) break;
  }
  return { rows: count, notes: count - problems.length, problems };
}

async function withChunks<T>({ path, gzip }: NoteFile, work: (chunks: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
  const raw = createReadStream(path);
  try {
    return await work(gzip ? unzipped(raw) : raw);
  } finally {
    raw.destroy();
  }
}
