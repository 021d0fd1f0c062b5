import type { ChunkJob } from './types.ts';

/**
 * The queue's id of a chunk. BullMQ refuses ids with ":" or of digits alone; an import's id begins
 * with a letter and has no ":".
 */
export const chunkJobId = ({ import: id, run, chunk }: ChunkJob): string => `${id}-r${run}-c${chunk}`;
