import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { type ChunkQueue, openChunkQueue } from '@epee/queue';
import { type BatchJob, type BatchStore, createBatchStore } from '@epee/redis';

/** Where imports are kept, and the queue from which the jobs service takes them. */
export interface Batch {
  readonly store: BatchStore;
  readonly queue: ChunkQueue;
}

/** What is needed to reach them. */
export type BatchConfig = Pick<CliConfig, 'redis'>;

/**
 * Connects, does some work, disconnects.
 * @throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED; what the work throws
 */
export async function withBatch<T>({ redis }: BatchConfig, work: (batch: Batch) => Promise<T>): Promise<T> {
  const store = await createBatchStore(redis);
  const queue = openChunkQueue(redis);
  try {
    return await work({ store, queue });
  } finally {
    await queue.close();
    store.close();
  }
}

/** An import. @throws EpeeError JOB_NOT_FOUND */
export async function findJob(store: Pick<BatchStore, 'get'>, id: string): Promise<BatchJob> {
  const job = await store.get(id);
  if (job !== null) return job;
  throw new EpeeError('JOB_NOT_FOUND', `There is no batch import ${JSON.stringify(id.slice(0, 80))}`, {
    stage: 'cli',
    hint: '`epee batch list` shows those that there are.',
  });
}
