export { type KafkaOptions, type LocalKafka, startKafka } from './kafka.ts';
export type { KafkaNode } from './kafka-nodes.ts';
export { defaultCacheFolder, ensureLibraries, findLibraries, type Libraries, type LibrariesOptions } from './libraries.ts';
export { findFreePorts } from './ports.ts';
export { type LocalRedis, type RedisOptions, startRedis } from './redis.ts';
export { checkRequirements, type RequirementProbe } from './requirements.ts';
export { type LocalStack, type StackOptions, startStack } from './stack.ts';
export { readStackRecord, type ServerRecord, type StackRecord } from './stack-state.ts';
