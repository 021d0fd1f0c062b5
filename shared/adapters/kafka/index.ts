export { createKafka } from './client/create-kafka.ts';
export { isRebalance, reaching, topicMissing } from './client/errors.ts';
export { kafkaLogFields, kafkaLogTo } from './client/log-adapter.ts';
export { operatorTopicSpecs, replayTopicSpecs, type TopicNames, topicSpecs } from './client/topic-specs.ts';
export { type RangeBatch, type RangeReading, readRanges } from './consuming/read-ranges.ts';
export { isStoredBatch } from './kafkajs-fixes/batch-guard.ts';
export { type GroupLag, groupLags } from './lag/group-lag.ts';
export { type Lag, type LagWatch, type Reading, watchLag } from './lag/watch-lag.ts';
export type * from './types.ts';
