export { createKafka } from './create-kafka.ts';
export { isRebalance, topicMissing } from './errors.ts';
export { kafkaLogFields } from './log-adapter.ts';
export { operatorTopicSpecs, type TopicNames, topicSpecs } from './topic-specs.ts';
export type * from './types.ts';
