import { type Kafka, type KafkaAdmin, topicMissing, topicSpecs } from '@epee/kafka';
import { SEND_LIMITS } from '@epee/stream';
import type { Destination } from './outputs.ts';
import type { WorkerOptions } from './types.ts';

/** Kafka's own default of `max.message.bytes`, for clusters that do not tell. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
/** Head of a send, which counts against the topic's limit. */
const SEND_OVERHEAD_BYTES = 256;

/** Makes missing topics and asks what the topics that the worker writes to can take. @throws EpeeError KAFKA_UNREACHABLE */
export async function openDestinations(
  kafka: Kafka,
  { topics, noteMaxBytes }: Pick<WorkerOptions, 'topics' | 'noteMaxBytes'>,
): Promise<{ results: Destination; deadLetters: Destination }> {
  const admin = await kafka.admin();
  try {
    await admin.ensureTopics(topicSpecs(topics, noteMaxBytes));
    const [results, deadLetters] = await Promise.all([destination(admin, topics.results), destination(admin, topics.deadLetters)]);
    return { results, deadLetters };
  } finally {
    await admin.close();
  }
}

async function destination(admin: KafkaAdmin, topic: string): Promise<Destination> {
  const [partitions, limit] = await Promise.all([admin.partitions(topic), admin.maxMessageBytes(topic)]);
  if (partitions === null) throw topicMissing(topic);
  const maxBytes = (limit ?? DEFAULT_MAX_MESSAGE_BYTES) - SEND_OVERHEAD_BYTES;
  return { topic, partitions, maxBytes, limits: { ...SEND_LIMITS, maxBytes: Math.min(SEND_LIMITS.maxBytes, maxBytes) } };
}
