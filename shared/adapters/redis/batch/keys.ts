/** Imports by their time. All keys of imports share a hash slot: one script may touch several. */
export const BATCH_JOBS_KEY = 'epee:{batch}:jobs';

/** Hash of the last counted offset by topic partition. */
export const BATCH_OFFSETS_KEY = 'epee:{batch}:offsets';

/** Hash of one import. */
export const batchJobKey = (id: string): string => `epee:{batch}:job:${id}`;

/** List of one import's rows that could not be read. */
export const batchProblemsKey = (id: string): string => `epee:{batch}:problems:${id}`;
