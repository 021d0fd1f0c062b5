export { createBatchStore } from './batch/batch-store.ts';
export { BATCH_JOBS_KEY, BATCH_OFFSETS_KEY, batchJobKey, batchProblemsKey } from './batch/keys.ts';
export { PROBLEMS_KEPT } from './batch/scripts.ts';
export type * from './batch/types.ts';
export { accessOf, addressOf, type RedisOptions } from './connection.ts';
export { redisError } from './errors.ts';
export { hashedId, OFFSETS_KEY, patientKey, resultKey, STREAM_KEY } from './keys.ts';
export { createProjectionStore, type ProjectionStoreOptions } from './projection-store.ts';
export type * from './types.ts';
