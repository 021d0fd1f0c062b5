export { createKafka } from './create-kafka.ts';
export { isRebalance } from './errors.ts';
export type * from './types.ts';
