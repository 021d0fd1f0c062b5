export { isStoredBatch } from './batch-guard.ts';
export { createKafka } from './create-kafka.ts';
export { isRebalance, reaching, topicMissing } from './errors.ts';
export { kafkaLogFields } from './log-adapter.ts';
export { type PartitionRange, type RangeBatch, type RangeReading, readRanges } from './read-ranges.ts';
export { operatorTopicSpecs, replayTopicSpecs, type TopicNames, topicSpecs } from './topic-specs.ts';
export type * from './types.ts';
