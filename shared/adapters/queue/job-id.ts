import type { ChunkJob } from './types.ts';

/** The queue's id of a chunk. Ids of BullMQ have no ":" and are not all digits; an import's id begins with a letter and has no ":". */
export const chunkJobId = ({ import: id, run, chunk }: ChunkJob): string => `${id}-r${run}-c${chunk}`;
