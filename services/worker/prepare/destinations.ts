import { type Kafka, type KafkaAdmin, topicMissing, topicSpecs } from '@epee/kafka';
import { recordMaxBytes, sendLimitsOf } from '@epee/stream';
import type { WorkerOptions } from '../types.ts';
import type { Destination } from './outputs.ts';

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
  const maxBytes = recordMaxBytes(limit);
  return { topic, partitions, maxBytes, limits: sendLimitsOf(maxBytes) };
}
