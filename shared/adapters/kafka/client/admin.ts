import { EpeeError } from '@epee/errors';
import { type Backoff, committedOffset, lagOf } from '@epee/stream';
import { processSurroundings, retry, withDeadline } from '@epee/work';
import kafkajs from 'kafkajs';
import { type AdminWithEnds, adminWithEnds } from '../kafkajs-fixes/topic-ends.ts';
import type { KafkaAdmin, KafkaOptions, PartitionLag, PartitionOffsets, TopicSpec } from '../types.ts';
import { createClient } from './client.ts';
import { type ClusterAccount, clusterError, isPassing, reaching, reasonOf } from './errors.ts';
import { errorTypes } from './library-errors.ts';
import type { Doing } from './refusals.ts';

const RETRY: kafkajs.RetryOptions = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1000, retries: 4 };
/** Longest time that connecting may take, whatever the library does. */
const CONNECT_DEADLINE_MS = 8000;
const CREATE_TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;
/** About half a second each time. */
const BACKOFF: Backoff = { initialMs: 700, maxMs: 700, factor: 1 };

/** Connects an admin client. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_LOGIN_REFUSED */
export async function connectAdmin(options: KafkaOptions): Promise<KafkaAdmin> {
  return adminOf(await connect(options), options);
}

/** A connected client of the library, for this folder alone. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_LOGIN_REFUSED */
export async function connectRawAdmin(options: KafkaOptions): Promise<kafkajs.Admin> {
  return (await connect(options)).admin;
}

async function connect(options: KafkaOptions): Promise<AdminWithEnds> {
  const made = adminWithEnds(createClient(options, { ...RETRY, retries: 2 }), RETRY);
  const { admin } = made;
  try {
    const described = admin.connect().then(() => admin.describeCluster());
    await withDeadline(described, { afterMs: CONNECT_DEADLINE_MS });
    return made;
  } catch (error) {
    await admin.disconnect().catch(() => undefined);
    throw clusterError(options, error, { operation: 'Describe' });
  }
}

/** A committed offset, and the text that was committed with it (empty: none). */
export interface CommittedOffset {
  readonly offset: bigint | null;
  readonly metadata: string;
}

/** The committed offset of one partition, over a connection of its own. @throws EpeeError KAFKA_UNREACHABLE */
export async function readCommitted(
  options: KafkaOptions,
  { group, topic, partition }: { group: string; topic: string; partition: number },
): Promise<CommittedOffset> {
  const admin = await connectRawAdmin(options);
  try {
    const offsets = await insistOn(options, () => committedOf(admin, group, topic), { operation: 'Describe', group, topic });
    return offsets.find((entry) => entry.partition === partition) ?? { offset: null, metadata: '' };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function committedOf(admin: kafkajs.Admin, group: string, topic: string) {
  const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return (answer?.partitions ?? []).map(({ partition, offset, metadata }) => ({
    partition,
    offset: committedOffset(offset),
    metadata: metadata ?? '',
  }));
}

function adminOf({ admin, ends }: AdminWithEnds, cluster: ClusterAccount): KafkaAdmin {
  const insist = <T>(work: () => Promise<T>, doing: Doing) => insistOn(cluster, work, doing);
  const describing = (topic: string): Doing => ({ operation: 'Describe', topic });
  const offsets = async (topic: string): Promise<PartitionOffsets[]> =>
    (await insist(() => admin.fetchTopicOffsets(topic), describing(topic))).map(({ partition, low, high }) => ({
      partition,
      low: BigInt(low),
      high: BigInt(high),
    }));
  const committed = (group: string, topic: string) => insist(() => committedOf(admin, group, topic), { ...describing(topic), group });

  return {
    ensureTopics: (topics) => ensureTopics(admin, topics, cluster),
    partitions: (topic) => insist(() => partitionsOf(admin, topic), describing(topic)),
    maxMessageBytes: (topic) => insist(() => maxMessageBytes(admin, topic), { operation: 'DescribeConfigs', topic }),
    offsets,
    ends: (topic) => insist(() => ends(topic), describing(topic)),
    async offsetsAt(topic, timestampMs) {
      const found = await insist(() => admin.fetchTopicOffsetsByTimestamp(topic, timestampMs), describing(topic));
      return found.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) }));
    },
    committed: async (group, topic) => (await committed(group, topic)).map(({ partition, offset }) => ({ partition, offset })),
    async lag(group, topic): Promise<PartitionLag[]> {
      const [ends, own] = await Promise.all([offsets(topic), committed(group, topic)]);
      const byPartition = new Map(own.map(({ partition, offset }) => [partition, offset]));
      return ends.map((end) => {
        const at = byPartition.get(end.partition) ?? null;
        return { partition: end.partition, committed: at, lag: lagOf(at, end) ?? 0n };
      });
    },
    deleteTopics: (topics) => admin.deleteTopics({ topics: [...topics] }),
    async deleteGroup(group) {
      await admin.deleteGroups([group]);
    },
    close: () => admin.disconnect(),
  };
}

/** Partitions of a topic, or `null` where it does not exist. */
export async function partitionsOf(admin: kafkajs.Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    return count === 0 ? null : count;
  } catch (error) {
    if (reasonOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return null;
    throw error;
  }
}

/** A topic's own `max.message.bytes`, or null where this account may not ask for it. */
export async function maxMessageBytes(admin: kafkajs.Admin, topic: string): Promise<number | null> {
  const name = 'max.message.bytes';
  try {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }];
    const answer = await admin.describeConfigs({ includeSynonyms: false, resources });
    const value = answer.resources[0]?.configEntries.find((entry) => entry.configName === name)?.configValue;
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
  } catch (error) {
    // Reading the configuration needs a right that a service may do without.
    if (errorTypes(error).some((type) => /AUTHORIZATION_FAILED/.test(type))) return null;
    throw error;
  }
}

/**
 * Asks again while a broker says what will pass: one that has just started, or whose topic was made a moment ago, answers with an error for a while.
 * @throws EpeeError KAFKA_UNREACHABLE; refusals of the brokers; errors that are not the library's as they are
 */
const insistOn = <T>(cluster: ClusterAccount, work: () => Promise<T>, doing: Doing): Promise<T> =>
  retry(() => reaching(cluster, work, doing), { surroundings: processSurroundings, isPassing, attempts: ATTEMPTS, backoff: BACKOFF });

async function ensureTopics(admin: kafkajs.Admin, topics: readonly TopicSpec[], cluster: ClusterAccount): Promise<string[]> {
  const present = new Set(await insistOn(cluster, () => admin.listTopics(), { operation: 'Describe' }));
  const made: string[] = [];
  // One by one: another service may make the same topics now, and the library cannot say which of several already existed.
  for (const topic of topics.filter(({ name }) => !present.has(name))) {
    const request = { timeout: CREATE_TIMEOUT_MS, waitForLeaders: true, topics: [toLibraryTopic(topic)] };
    try {
      const created = await insistOn(cluster, () => admin.createTopics(request), { operation: 'Create', topic: topic.name });
      if (created) made.push(topic.name);
    } catch (error) {
      // Perhaps this account may not even see it, or it is another service's: whoever needs the topic finds out.
      if (!(error instanceof EpeeError) || error.code !== 'KAFKA_FORBIDDEN') throw error;
    }
  }
  return made;
}

const toLibraryTopic = ({ name, partitions, replication, config = {} }: TopicSpec): kafkajs.ITopicConfig => ({
  topic: name,
  numPartitions: partitions,
  replicationFactor: replication,
  configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
});
