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

const FIELDS_BYTES = 256 * 1024;
const DEAD_LETTER_HEADERS_BYTES = 64 * 1024;
/** A result repeats the note's text in its sections, entities and relations. */
const RESULT_GROWTH = 8;

/**
 * The system's topics for {@link KafkaAdmin.ensureTopics}. A note of the longest text allowed fits, so does its result, and so does any such note as a dead letter.
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
  const noteBytes = Math.max(1024 * 1024, noteMaxBytes) + FIELDS_BYTES;
  const noteTopics = [notes, ...(batchNotes === undefined ? [] : [batchNotes])];
  return [
    ...noteTopics.map((name) => topic(name, noteBytes)),
    topic(results, RESULT_GROWTH * noteBytes),
    topic(deadLetters, noteBytes + DEAD_LETTER_HEADERS_BYTES),
    // An image in its event has half of the least that a note may have.
    ...(images === undefined ? [] : [topic(images, noteBytes)]),
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

/** The topics of replays: what runs found, and one small record a run, of which the newest is kept. */
export function replayTopicSpecs({ replays, replayRuns, partitions, replication }: ReplayTopicNames, noteMaxBytes: number): TopicSpec[] {
  const resultBytes = RESULT_GROWTH * (Math.max(1024 * 1024, noteMaxBytes) + FIELDS_BYTES);
  return [
    {
      name: replays,
      partitions,
      replication,
      config: { 'max.message.bytes': String(resultBytes), 'message.timestamp.type': 'LogAppendTime' },
    },
    { name: replayRuns, partitions: 1, replication, config: { 'cleanup.policy': 'compact' } },
  ];
}
