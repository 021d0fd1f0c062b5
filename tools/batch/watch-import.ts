import { setTimeout as sleep } from 'node:timers/promises';
import { EpeeError } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import type { CliContext } from '@epee/terminal';
import { count, progressOn, short } from '@epee/terminal';
import { finished, hasEnded, shareDone } from './job-words.ts';
import { type Batch, findJob } from './open-batch.ts';

const LOOK_EVERY_MS = 500;
/** Time without a program that takes chunks, or without progress of the worker, after which that is said. */
const IDLE_MS = 10_000;

/**
 * Shows an import's progress until it has ended or is paused. Redis may go away meanwhile: it is asked again.
 * @returns the import as it then is; null where the user has had enough (Ctrl-C), and the import goes on
 * @throws EpeeError JOB_NOT_FOUND
 */
export async function watchJob({ stderr, signal }: CliContext, { store, queue }: Batch, id: string): Promise<BatchJob | null> {
  let job = await findJob(store, id);
  const progress = progressOn(stderr)(id, shareDone(job) ?? 0);
  let movedMs = performance.now();
  let last = '';
  let told = false;
  const begun = { finished: finished(job), atMs: performance.now() };
  try {
    while (!signal.aborted) {
      const share = shareDone(job);
      const rate = (1000 * (finished(job) - begun.finished)) / Math.max(1, performance.now() - begun.atMs);
      progress.at(share ?? 0, `${count(finished(job))} of ${count(job.sent)} sent notes finished, ${short(rate)} notes/s`);
      if (hasEnded(job) || job.state === 'paused') return job;
      const now = `${job.nextChunk}/${finished(job)}/${job.state}`;
      if (now !== last) movedMs = performance.now();
      last = now;
      if (!told && performance.now() - movedMs > IDLE_MS) {
        told = true;
        progress.line(await idleReason(job, queue));
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      job = await look(store, job);
    }
    return null;
  } finally {
    progress.end();
  }
}

async function look(store: Batch['store'], job: BatchJob): Promise<BatchJob> {
  try {
    return (await store.get(job.id)) ?? job;
  } catch (error) {
    if (error instanceof EpeeError && error.retriable) return job;
    throw error;
  }
}

async function idleReason(job: BatchJob, queue: Batch['queue']): Promise<string> {
  const workers = await queue.workers().catch(() => 0);
  if (job.state === 'importing' && workers === 0)
    return 'No jobs service works on the queue: start `epee run jobs`; the import waits for it.';
  if (finished(job) < job.sent) return `${count(job.sent - finished(job))} notes wait for the worker: does \`epee run worker\` run?`;
  return 'Nothing has moved for a while; the log of `epee run jobs` may tell why.';
}
