export type { RedisOptions } from './connection.ts';
export { hashedId, OFFSETS_KEY, patientKey, resultKey, STREAM_KEY } from './keys.ts';
export { createProjectionStore, type ProjectionStoreOptions } from './projection-store.ts';
export type * from './types.ts';
