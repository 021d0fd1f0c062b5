import { topicMaxBytes } from '@epee/stream';
import type { TopicSpec } from '../types.ts';

/** Names and shape of the system's topics. */
export interface TopicNames {
  readonly notes: string;
  /** Left out where the program has nothing to do with images. */
  readonly images?: string;
  /** Notes of batch imports; left out where there is none. */
  readonly batchNotes?: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly partitions: number;
  readonly replication: number;
}

/** Names and shape of the topics that replays write to. */
export interface ReplayTopicNames {
  readonly replays: string;
  readonly replayRuns: string;
  readonly partitions: number;
  readonly replication: number;
}

/**
 * The system's topics for {@link KafkaAdmin.ensureTopics}, whose records may have the sizes of {@link topicMaxBytes}.
 * Records get the broker's time, so that a range of time names the same records for everybody. With three replicas or more, two must have what is acknowledged.
 * @param noteMaxBytes UTF-8 bytes that a note's text may have
 */
export function topicSpecs(
  { notes, batchNotes, images, results, deadLetters, partitions, replication }: TopicNames,
  noteMaxBytes: number,
): TopicSpec[] {
  const topic = (name: string, maxMessageBytes: number): TopicSpec => ({
    name,
    partitions,
    replication,
    config: {
      'max.message.bytes': String(maxMessageBytes),
      'message.timestamp.type': 'LogAppendTime',
      // Kafka's default of 1 would acknowledge what a single broker has.
      ...(replication >= 3 ? { 'min.insync.replicas': '2' } : {}),
    },
  });
  const maxBytes = topicMaxBytes(noteMaxBytes);
  const optional = [batchNotes, images].filter((name) => name !== undefined);
  return [
    ...[notes, ...optional].map((name) => topic(name, maxBytes.notes)),
    topic(results, maxBytes.results),
    topic(deadLetters, maxBytes.deadLetters),
  ];
}

/**
 * The topics in which people's work is written down: marks of dead letters, the last one of each kept for good, and the audit log, of which nothing is deleted.
 */
export function operatorTopicSpecs(
  { marksTopic, auditTopic }: { readonly marksTopic: string; readonly auditTopic: string },
  { partitions, replication }: Pick<TopicNames, 'partitions' | 'replication'>,
): TopicSpec[] {
  const config = { 'message.timestamp.type': 'LogAppendTime' };
  return [
    { name: marksTopic, partitions, replication, config: { ...config, 'cleanup.policy': 'compact' } },
    { name: auditTopic, partitions: 1, replication, config: { ...config, 'retention.ms': '-1', 'retention.bytes': '-1' } },
  ];
}

/** The topics of replays: what runs found, and one small record per run, of which the newest is kept. */
export function replayTopicSpecs({ replays, replayRuns, partitions, replication }: ReplayTopicNames, noteMaxBytes: number): TopicSpec[] {
  return [
    {
      name: replays,
      partitions,
      replication,
      config: { 'max.message.bytes': String(topicMaxBytes(noteMaxBytes).results), 'message.timestamp.type': 'LogAppendTime' },
    },
    { name: replayRuns, partitions: 1, replication, config: { 'cleanup.policy': 'compact' } },
  ];
}
