import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { BatchState } from '@epee/redis';
import type { CliContext } from '@epee/terminal';
import { count } from '@epee/terminal';
import { finished, hasEnded, reportOf, standing } from './job-words.ts';
import { findJob, withBatch } from './open-batch.ts';
import { exitCodeOf, writeReport } from './outcome.ts';
import { follow } from './run-import.ts';

/** Lists imports, the latest first. */
export async function runList({ stdout }: CliContext, config: CliConfig, { json }: { json: boolean }): Promise<number> {
  return withBatch(config, async ({ store }) => {
    const jobs = await store.list();
    if (json) for (const job of jobs) stdout.write(`${JSON.stringify(reportOf(job, [], Date.now()))}\n`);
    else if (jobs.length === 0) stdout.write('There are no batch imports.\n');
    else for (const job of jobs) stdout.write(`${standing(job, Date.now())}\n`);
    return 0;
  });
}

/** Shows an import, or watches it to its end. @throws EpeeError JOB_NOT_FOUND; with `watch` as {@link exitCodeOf} */
export async function runStatus(
  context: CliContext,
  config: CliConfig,
  { id, watch, json }: { id: string; watch: boolean; json: boolean },
): Promise<number> {
  return withBatch(config, async (batch) => {
    if (watch) return follow(context, batch, { id, json });
    const job = await findJob(batch.store, id);
    context.stdout.write(`${json ? JSON.stringify(reportOf(job, [], Date.now())) : standing(job, Date.now())}\n`);
    if (job.failure !== null && !json) context.stdout.write(`  ${job.failure.message} (${job.failure.code})\n`);
    return 0;
  });
}

/** Writes an import's report. @throws EpeeError JOB_NOT_FOUND, JOB_CANCELLED; what made it fail */
export async function runReport(
  context: CliContext,
  config: CliConfig,
  { id, json, problems }: { id: string; json: boolean; problems: number },
): Promise<number> {
  return withBatch(config, async (batch) => {
    const job = await findJob(batch.store, id);
    await writeReport(context, batch, job, { json, problems });
    if (hasEnded(job)) return exitCodeOf(job);
    context.stderr.write(`${id} has not ended: ${count(finished(job))} of ${count(job.sent)} sent notes are finished\n`);
    return 0;
  });
}

/** What can be asked of an import, from which states, and what it is then. */
const MOVES = {
  pause: { from: ['importing'], to: 'paused', told: 'is paused: nothing more is sent; what was sent is still extracted' },
  resume: { from: ['paused', 'failed'], to: 'importing', told: 'goes on' },
  cancel: {
    from: ['importing', 'paused', 'extracting', 'failed'],
    to: 'cancelled',
    told: 'is cancelled: nothing more is sent; what was sent is still extracted',
  },
} as const satisfies Record<string, { from: readonly BatchState[]; to: BatchState; told: string }>;

/** What can be asked of an import. */
export type Move = keyof typeof MOVES;

/** Pauses, resumes or cancels an import. @throws EpeeError JOB_NOT_FOUND, JOB_CANCELLED, JOB_STATE_INVALID */
export async function runMove({ stdout }: CliContext, config: CliConfig, { id, move }: { id: string; move: Move }): Promise<number> {
  return withBatch(config, async ({ store, queue }) => {
    await findJob(store, id);
    const { from, to, told } = MOVES[move];
    const { moved, state } = await store.move(id, from, to, Date.now());
    if (!moved && state === to) stdout.write(`${id} ${told} already\n`);
    else if (!moved && state === 'cancelled')
      throw new EpeeError('JOB_CANCELLED', `${id} was cancelled; it cannot ${move}`, { stage: 'cli' });
    else if (!moved) {
      throw new EpeeError('JOB_STATE_INVALID', `${id} is ${state}; only one that is ${from.join(', ')} can ${move}`, { stage: 'cli' });
    } else {
      if (to === 'importing') {
        const job = await findJob(store, id);
        await queue.add({ import: id, run: job.run, chunk: job.nextChunk });
      }
      stdout.write(`${id} ${told}\n`);
    }
    return 0;
  });
}
