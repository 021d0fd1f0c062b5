import { setTimeout as sleep } from 'node:timers/promises';
import { EpeeError } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import { count, type Progress, short, type Watch } from '@epee/terminal';
import { type Batch, type BatchConfig, findJob, withBatch } from './open-batch.ts';
import { finished, hasEnded, type ImportReport, reportOf, shareDone } from './report.ts';

const LOOK_EVERY_MS = 500;
/** Time without a program that takes chunks, or without progress of the worker, after which that is said. */
const IDLE_MS = 10_000;
/** Rows that could not be read which the report of an import that has ended lists. */
const PROBLEMS_LISTED = 20;

/**
 * Follows an import until it has ended or is paused, or `signal` is aborted; the import runs on then. Redis may go away meanwhile: it is asked again.
 * @returns the import as it then is
 * @throws EpeeError JOB_NOT_FOUND; JOB_LOST where Redis was emptied meanwhile
 */
export function watchImport(id: string, config: BatchConfig, { startProgress, signal }: Watch): Promise<ImportReport> {
  return withBatch(config, async ({ store, queue }) => {
    let job = await findJob(store, id);
    const progress = startProgress('import', shareDone(job) ?? 0);
    const show = showJob(job, progress);
    const idle = watchIdle(queue, progress);
    try {
      for (show(job); !signal.aborted && !hasEnded(job) && job.state !== 'paused'; show(job)) {
        await idle(job);
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
        job = await look(store, job);
      }
    } finally {
      progress.end();
    }
    return reportOf(job, hasEnded(job) ? await store.problems(id, PROBLEMS_LISTED) : [], Date.now());
  });
}

/** Shows how far an import has come, with its pace since the first look. */
function showJob(first: BatchJob, progress: Progress): (job: BatchJob) => void {
  const startMs = performance.now();
  return (job) => {
    const rate = (1000 * (finished(job) - finished(first))) / Math.max(1, performance.now() - startMs);
    progress.at(shareDone(job) ?? 0, `${count(finished(job))} of ${count(job.sent)} sent notes, ${short(rate)} notes/s`);
  };
}

/** Says once why nothing moves, when nothing has moved for a while. */
function watchIdle(queue: Batch['queue'], progress: Progress): (job: BatchJob) => Promise<void> {
  let [movedMs, last, said] = [performance.now(), '', false];
  return async (job) => {
    const now = `${job.nextChunk}/${finished(job)}/${job.state}`;
    if (now !== last) movedMs = performance.now();
    last = now;
    if (said || performance.now() - movedMs <= IDLE_MS) return;
    said = true;
    progress.line(await idleReason(job, queue));
  };
}

async function look(store: Batch['store'], job: BatchJob): Promise<BatchJob> {
  try {
    const now = await store.get(job.id);
    if (now !== null) return now;
  } catch (error) {
    if (error instanceof EpeeError && error.retriable) return job;
    throw error;
  }
  throw new EpeeError('JOB_LOST', `Redis no longer has ${job.id}: it was emptied, or restored from older data`, {
    stage: 'cli',
    hint: 'What was sent is still extracted. Import the files again: the same document and version gives the same result.',
  });
}

async function idleReason(job: BatchJob, queue: Batch['queue']): Promise<string> {
  const workers = await queue.workers().catch(() => 0);
  if (job.state === 'importing' && workers === 0)
    return 'No jobs service works on the queue: start `epee run jobs`; the import waits for it.';
  if (finished(job) < job.sent) return `${count(job.sent - finished(job))} notes wait for the worker: does \`epee run worker\` run?`;
  return 'Nothing has moved for a while; the log of `epee run jobs` may tell why.';
}
