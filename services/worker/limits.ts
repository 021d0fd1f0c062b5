import { EXTRACTION_LIMITS } from '@epee/stream';

/** Sub-batches of one partition that are extracted at a time: the engine has rows of the next while one waits for its relations or is committed. */
export const SUB_BATCHES_AHEAD = 2;

/** Records of one partition, from its committed offset on, that may be in flight at a time. */
export const RECORDS_IN_FLIGHT = EXTRACTION_LIMITS.maxRecords * (SUB_BATCHES_AHEAD + 1);

/** Longest wait for telling whoever takes a partition over that this process did not die at work on it. */
export const CLOSE_MARK_MS = 2000;

/** How often idle partitions are committed past markers and aborted records at their ends. */
export const PASS_OVER_EVERY_MS = 3000;

/** Longest wait for that; a batch that comes meanwhile waits as long. */
export const PASS_OVER_MS = 5000;

/** Sub-batches of all partitions that are extracted at a time. */
export const SUB_BATCHES_AT_A_TIME = 4;

/** Of those, sub-batches of batch imports: half of the places are always free for notes that somebody waits for. */
export const BATCH_SUB_BATCHES_AT_A_TIME = 2;

/** Partitions handled at a time. */
export const PARTITIONS_AT_A_TIME = 64;

/** Times that the producer of a partition may be shut out by another while the group says that the partition is ours. */
export const FENCED_LIMIT = 3;

/** Time without progress on work in flight after which the worker no longer counts as alive. */
export const STALL_LIMIT_MS = 300_000;

/** Times that the process may die with a record alone in flight, unless configured. */
export const RECORD_MAX_CRASHES = 3;
