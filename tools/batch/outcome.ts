import { EpeeError, ERROR_CODES, type ErrorCode } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import type { CliContext } from '@epee/terminal';
import { reportInWords, reportOf } from './job-words.ts';
import type { Batch } from './open-batch.ts';

/** Rows that could not be read which a report shows. */
export const PROBLEMS_SHOWN = 20;

/** Writes an import's report. @param problems rows that could not be read, at most so many */
export async function writeReport(
  { stdout }: CliContext,
  { store }: Pick<Batch, 'store'>,
  job: BatchJob,
  { json, problems = PROBLEMS_SHOWN }: { json: boolean; problems?: number },
): Promise<void> {
  const report = reportOf(job, await store.problems(job.id, problems), Date.now());
  stdout.write(`${json ? JSON.stringify(report) : reportInWords(report)}\n`);
}

/**
 * The exit code of an import that has ended: 1 where rows could not be read or notes became dead letters.
 * @throws EpeeError JOB_CANCELLED; what made it fail
 */
export function exitCodeOf(job: BatchJob): number {
  if (job.state === 'cancelled') throw new EpeeError('JOB_CANCELLED', `${job.id} was cancelled`, { stage: 'cli' });
  if (job.state === 'failed') throw failureOf(job);
  return job.unreadable + job.deadLetters > 0 ? 1 : 0;
}

function failureOf({ id, failure }: BatchJob): EpeeError {
  const code = failure !== null && Object.hasOwn(ERROR_CODES, failure.code) ? (failure.code as ErrorCode) : 'INTERNAL';
  const again = `\`epee batch resume ${id}\` goes on once it is cured.`;
  return new EpeeError(code, `${id} failed: ${failure?.message ?? 'for an unknown reason'}`, {
    stage: 'cli',
    hint: failure?.hint == null ? again : `${failure.hint} ${again}`,
  });
}
