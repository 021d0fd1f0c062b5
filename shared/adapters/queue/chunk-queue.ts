import { addressOf, redisError } from '@epee/redis';
import { Queue } from 'bullmq';
import { connectionOf, QUEUE_PREFIX, queueName } from './connection.ts';
import { chunkJobId } from './job-id.ts';
import type { ChunkQueue, QueueOptions } from './types.ts';

/** Chunks that ended in an error and are kept for a look at them. */
const FAILED_KEPT = 100;
/** Attempts at a chunk, in effect without limit: what cannot be cured ends the import instead. */
const ATTEMPTS = 1_000_000;

/** Opens the queue. Connects at the first use. */
export function openChunkQueue(options: QueueOptions): ChunkQueue {
  const queue = new Queue(queueName(options), {
    connection: connectionOf(options, false),
    prefix: QUEUE_PREFIX,
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: { count: FAILED_KEPT },
      stackTraceLimit: 0,
    },
  });
  // A lost connection is repaired in the background, and commands that were sent meanwhile reject.
  queue.on('error', () => undefined);
  const run = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw redisError(addressOf(options.url), error);
    }
  };
  return {
    add: async (job, delayMs = 0) =>
      void (await run(queue.add('chunk', job, { jobId: chunkJobId(job), delay: Math.max(0, Math.round(delayMs)) }))),
    workers: () => run(queue.getWorkersCount()),
    close: () => queue.close().catch(() => undefined),
  };
}
