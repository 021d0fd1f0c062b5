export { openChunkQueue } from './chunk-queue.ts';
export { startChunkWorker } from './chunk-worker.ts';
export { QUEUE_PREFIX } from './connection.ts';
export { chunkJobId } from './job-id.ts';
export type * from './types.ts';
