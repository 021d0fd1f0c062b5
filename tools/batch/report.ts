import type { BatchJob } from '@epee/redis';
import { count, counted, duration, percent, short } from '@epee/terminal';

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

/** One line that says where an import stands. */
export function standing(job: BatchJob, nowMs: number): string {
  const counts = `${count(job.sent)} sent, ${count(job.extracted)} extracted, ${count(job.deadLetters)} dead-lettered, ${count(job.unreadable)} unreadable`;
  const share = shareDone(job);
  return `${job.id}  ${job.state}${share === null ? '' : ` ${percent(share)}`}  ${counts}  ${duration(seconds(job, nowMs))}`;
}

/** Seconds that an import took, or takes already. */
export const seconds = (job: BatchJob, nowMs: number): number =>
  Math.max(0, (job.finishedAtMs ?? nowMs) - (job.startedAtMs ?? job.createdAtMs)) / 1000;

/** What an import came to; this is the JSON of `epee batch report`. */
export interface JobReport {
  readonly formatVersion: 1;
  readonly id: string;
  readonly state: string;
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

/** Makes the report. @param problems rows that could not be read, as many as are to be shown */
export function reportOf(job: BatchJob, problems: JobReport['unreadableRows'], nowMs: number): JobReport {
  const took = seconds(job, nowMs);
  return {
    formatVersion: 1,
    id: job.id,
    state: job.state,
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
    seconds: took,
    notesPerSecond: took > 0 && finished(job) > 0 ? finished(job) / took : null,
    failure: job.failure,
  };
}

/** The report for people. */
export function reportInWords(report: JobReport): string {
  const { deadLettersByCode: codes, unreadableRows: rows } = report;
  const lines = [
    `${report.id}: ${report.state}, ${duration(report.seconds)}${report.notesPerSecond === null ? '' : `, ${short(report.notesPerSecond)} notes/s`}`,
    `  files          ${report.files === null ? 'not looked at yet' : count(report.files)}`,
    `  sent           ${counted(report.sent, 'note')}${report.policy === null ? '' : `, policy ${report.policy}`}`,
    `  extracted      ${count(report.extracted)}`,
    `  dead-lettered  ${count(report.deadLetters)}`,
    ...Object.entries(codes).map(([code, number]) => `    ${code} ${count(number)}`),
    `  unreadable     ${counted(report.unreadable, 'row')}`,
    ...rows.map(({ code, message }) => `    ${message} (${code})`),
    ...(report.unreadable > rows.length ? [`    and ${count(report.unreadable - rows.length)} more`] : []),
    `  layers saved   ${report.layersSaved === null ? 'no row was run' : `${percent(report.layersSaved)} (${count(report.layersRun)} of ${count(report.layersFull)} run)`}`,
  ];
  if (report.failure !== null) lines.push(`  failed         ${report.failure.message} (${report.failure.code})`);
  return lines.join('\n');
}
