import { EpeeError } from '@epee/errors';
import { DelayedError, type Job, Worker } from 'bullmq';
import { connectionOf, QUEUE_PREFIX, queueName } from './connection.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { ChunkJob, ChunkWorker, ChunkWorkerOptions } from './types.ts';

/** Time after which a worker without a renewed lock counts as dead, and how often others look. */
const LOCK_MS = 6000;
const LOOK_EVERY_MS = 3000;
/** Times that a chunk may be lost, in effect without limit: run twice, it is still sent once. */
const STALLS = 1_000_000;

/** Starts to run chunks. */
export function startChunkWorker(options: ChunkWorkerOptions): ChunkWorker {
  const { concurrency, onChunk, onError, random } = options;
  const work = async (job: Job<ChunkJob>, token?: string): Promise<void> => {
    const end = await onChunk(job.data).catch((error) => {
      throw withoutWords(error);
    });
    if (end === 'done') return;
    await job.moveToDelayed(Date.now() + end.againInMs, token);
    throw new DelayedError();
  };
  const worker = new Worker<ChunkJob>(queueName(options), work, {
    connection: connectionOf(options, true),
    prefix: QUEUE_PREFIX,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOOK_EVERY_MS,
    maxStalledCount: STALLS,
    settings: { backoffStrategy: (attempts = 1) => retryDelayMs(attempts, random) },
  });
  worker.on('error', onError);
  return {
    running: () => worker.isRunning(),
    async stop(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), timeoutMs);
      });
      const ended = await Promise.race([worker.close(), late]).finally(() => clearTimeout(timer));
      if (ended === 'late') await worker.close(true);
    },
  };
}

/** The queue keeps an error's message in Redis; one of another library may quote a text. */
function withoutWords(error: unknown): Error {
  const reason = new Error(error instanceof EpeeError ? error.code : 'INTERNAL');
  reason.stack = '';
  return reason;
}
