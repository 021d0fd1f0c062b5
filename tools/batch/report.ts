import { basename } from 'node:path';
import { EpeeError, ERROR_CODES, type ErrorCode } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import { count, counted, duration, percent, short, tableText } from '@epee/terminal';

/** What an import came to, or where it is now; this is the JSON of `epee batch report`. */
export interface ImportReport {
  readonly formatVersion: 1;
  readonly id: string;
  readonly state: BatchJob['state'];
  /** When it was asked for, ISO 8601. */
  readonly createdAt: string;
  /** Part that is done, 0 to 1, see {@link shareDone}. */
  readonly share: number | null;
  readonly paths: readonly string[];
  readonly policy: string | null;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly sent: number;
  readonly extracted: number;
  readonly deadLetters: number;
  readonly deadLettersByCode: Readonly<Record<string, number>>;
  readonly unreadable: number;
  /** The first of them. */
  readonly unreadableRows: readonly { readonly where: string; readonly code: string; readonly message: string }[];
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
  /** 1 - layers run / layers of full depth; null where no row was run. */
  readonly layersSaved: number | null;
  readonly seconds: number;
  readonly notesPerSecond: number | null;
  readonly failure: BatchJob['failure'];
}

/** Whether nothing will change any more unless somebody asks for it. */
export const hasEnded = ({ state }: Pick<BatchJob, 'state'>): boolean => state === 'done' || state === 'cancelled' || state === 'failed';

/** Notes that have their result or are a dead letter. */
export const finished = ({ extracted, deadLetters }: Pick<BatchJob, 'extracted' | 'deadLetters'>): number => extracted + deadLetters;

/** Share of the import that is done, 0 to 1: of its bytes that were read, those whose notes are finished. Null before the files were looked at. */
export function shareDone(job: BatchJob): number | null {
  if (job.state === 'done') return 1;
  if (job.totals === null) return null;
  const read = job.sentAtMs !== null ? 1 : job.totals.bytes === 0 ? 0 : (job.position?.readBytes ?? 0) / job.totals.bytes;
  return job.sent === 0 ? read : read * Math.min(1, finished(job) / job.sent);
}

/** Makes the report. @param problems rows that could not be read, as many as are to be shown */
export function reportOf(job: BatchJob, problems: ImportReport['unreadableRows'], nowMs: number): ImportReport {
  const seconds = Math.max(0, (job.finishedAtMs ?? nowMs) - (job.startedAtMs ?? job.createdAtMs)) / 1000;
  return {
    formatVersion: 1,
    id: job.id,
    state: job.state,
    createdAt: new Date(job.createdAtMs).toISOString(),
    share: shareDone(job),
    paths: job.paths,
    policy: job.policy,
    files: job.totals?.files ?? null,
    bytes: job.totals?.bytes ?? null,
    sent: job.sent,
    extracted: job.extracted,
    deadLetters: job.deadLetters,
    deadLettersByCode: job.deadLettersByCode,
    unreadable: job.unreadable,
    unreadableRows: problems,
    rows: job.rows,
    layersRun: job.layersRun,
    layersFull: job.layersFull,
    layersSaved: job.layersFull === 0 ? null : 1 - job.layersRun / job.layersFull,
    seconds,
    notesPerSecond: seconds > 0 && finished(job) > 0 ? finished(job) / seconds : null,
    failure: job.failure,
  };
}

/**
 * Throws where an import has ended without being done.
 * @throws EpeeError JOB_CANCELLED; what made it fail, with how to resume it
 */
export function demandDone({ id, state, failure }: Pick<ImportReport, 'id' | 'state' | 'failure'>): void {
  if (state === 'cancelled') throw new EpeeError('JOB_CANCELLED', `${id} was cancelled`, { stage: 'cli' });
  if (state !== 'failed') return;
  const code = failure !== null && Object.hasOwn(ERROR_CODES, failure.code) ? (failure.code as ErrorCode) : 'INTERNAL';
  const again = `Once the cause is cured: epee batch resume ${id}`;
  throw new EpeeError(code, `${id} failed: ${failure?.message ?? 'for an unknown reason'}`, {
    stage: 'cli',
    hint: failure?.hint == null ? again : `${failure.hint}\n  ${again}`,
  });
}

/** The report for people. */
export function importText(report: ImportReport): string {
  const { deadLettersByCode: codes, unreadableRows: rows, failure } = report;
  const rate = report.notesPerSecond === null ? '' : `, ${short(report.notesPerSecond)} notes/s`;
  const saved =
    report.layersSaved === null
      ? 'no row was run'
      : `${percent(report.layersSaved)} (${count(report.layersRun)} of ${count(report.layersFull)} run)`;
  return [
    `${report.id}: ${report.state}, ${duration(report.seconds)}${rate}`,
    `  files          ${report.files === null ? 'not looked at yet' : count(report.files)}`,
    `  sent           ${counted(report.sent, 'note')}${report.policy === null ? '' : `, policy ${report.policy}`}`,
    `  extracted      ${count(report.extracted)}`,
    `  dead-lettered  ${count(report.deadLetters)}`,
    ...Object.entries(codes).map(([code, number]) => `    ${code} ${count(number)}`),
    `  unreadable     ${counted(report.unreadable, 'row')}`,
    ...rows.map(({ code, message }) => `    ${message} (${code})`),
    ...(report.unreadable > rows.length ? [`    and ${count(report.unreadable - rows.length)} more`] : []),
    `  layers saved   ${saved}`,
    ...(failure === null ? [] : [`  failed         ${failure.message} (${failure.code})`]),
  ].join('\n');
}

/** Where an import is now, in two lines; a third one tells why it failed. */
export function statusText(report: ImportReport): string {
  const { id, sent, extracted, deadLetters, unreadable, seconds, failure } = report;
  return [
    `${id}  ${stateText(report)}, ${duration(seconds)}`,
    `  ${count(sent)} sent, ${count(extracted)} extracted, ${count(deadLetters)} dead-lettered, ${count(unreadable)} unreadable`,
    ...(failure === null ? [] : [`  ${failure.message} (${failure.code})`]),
  ].join('\n');
}

/** Imports as a table: two lines each, under a header of two lines. @param width characters of a line */
export function importsTable(reports: readonly ImportReport[], width: number): string {
  if (reports.length === 0) return 'There are no batch imports.';
  const counts = ['sent', 'results', 'dead', 'bad rows'].map((heading) => ({ heading, align: 'right' as const }));
  const main = tableText(
    [{ heading: 'import' }, { heading: 'state', least: 10 }, ...counts],
    reports.map((report) => [
      report.id,
      stateText(report),
      ...[report.sent, report.extracted, report.deadLetters, report.unreadable].map(count),
    ]),
    width,
  ).split('\n');
  const more = tableText(
    [{ heading: 'time (UTC)' }, { heading: 'policy', least: 10 }, { heading: 'files', least: 10 }],
    reports.map((report) => [report.createdAt.slice(0, 16).replace('T', ' '), report.policy ?? '-', filesText(report)]),
    width - INDENT.length,
  ).split('\n');
  const [head, rule, ...rows] = main;
  const [moreHead, , ...moreRows] = more;
  return [head, INDENT + moreHead, rule, ...rows.flatMap((row, at) => [row, INDENT + moreRows[at]])].join('\n');
}

const INDENT = '  ';

/** The names of what is imported: the first, and how many more. */
function filesText({ paths: [first = '-', ...others] }: ImportReport): string {
  return others.length === 0 ? basename(first) : `${basename(first)} and ${count(others.length)} more`;
}

const stateText = ({ state, share }: ImportReport) => (share === null || state === 'done' ? state : `${state} ${percent(share)}`);
