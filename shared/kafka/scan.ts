import { randomUUID } from 'node:crypto';
import { EpeeError } from '@epee/errors';
import type kafkajs from 'kafkajs';
import { toBatch } from './batches.ts';
import { createClient } from './client.ts';
import { isLibraryError, reasonOf, topicMissing, unreachable } from './errors.ts';
import { monotonicMs, sleep } from './timing.ts';
import type { KafkaOptions, ScanOptions } from './types.ts';

const RETRY: kafkajs.RetryOptions = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1000, retries: 8 };
const SESSION_TIMEOUT_MS = 30_000;
const BEAT_EVERY_MS = 1000;
const MAX_WAIT_MS = 200;
const POLL_MS = 20;
/** A transaction that nobody ends is aborted by its broker after a minute; until then no reader of committed records gets past it. */
const STALL_LIMIT_MS = 90_000;

/**
 * Reads ranges of a topic's committed records, see {@link ScanOptions}, as the only member of a group of its own, which is deleted afterwards. Holds one fetch at a
 * time.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING; what `onRecords` throws
 */
export async function scanTopic(options: KafkaOptions, { topic, ranges, onRecords, signal }: ScanOptions): Promise<void> {
  const open = new Map(ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, range]));
  if (open.size === 0) return;
  const group = `${options.clientId}.scan.${randomUUID()}`;
  const client = createClient(options, RETRY);
  const consumer = client.consumer({
    groupId: group,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: BEAT_EVERY_MS,
    maxBytesPerPartition: 1024 * 1024,
    maxBytes: 4 * 1024 * 1024,
    maxWaitTimeInMs: MAX_WAIT_MS,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: { ...RETRY, restartOnFailure: async () => false },
  });
  let movedMs = monotonicMs();
  let failure: { error: unknown } | null = null;
  const fail = (error: unknown) => {
    failure ??= { error };
  };
  const reach = (partition: number, next: bigint) => {
    movedMs = monotonicMs();
    const range = open.get(partition);
    if (range === undefined || next < range.to) return;
    open.delete(partition);
    consumer.pause([{ topic, partitions: [partition] }]);
  };

  async function eachBatch(payload: kafkajs.EachBatchPayload): Promise<void> {
    const { partition, records, lastOffset, fetchedFrom } = toBatch(payload.batch, 0);
    const range = open.get(partition);
    if (range === undefined || failure !== null || signal?.aborted === true) return;
    // What was on its way before the seek: it ends before the range.
    if (lastOffset < range.from) return consumer.seek({ topic, partition, offset: range.from.toString() });
    if (fetchedFrom > range.to) return reach(partition, fetchedFrom);
    const wanted = records.filter(({ offset }) => offset >= range.from && offset < range.to);
    try {
      if (wanted.length > 0) await beating(Promise.resolve(onRecords(partition, wanted)), payload.heartbeat);
    } catch (error) {
      if (isLibraryError(error)) throw error;
      return fail(error);
    }
    open.set(partition, { ...range, from: lastOffset + 1n });
    payload.resolveOffset(lastOffset.toString());
    reach(partition, lastOffset + 1n);
  }

  consumer.on(consumer.events.CRASH, ({ payload }) => fail(unreachable(options.brokers, payload.error)));
  // Batches of markers and aborted records alone are not handed out, but they end ranges as well.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) reach(payload.partition, BigInt(payload.lastOffset) + 1n);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch });
    const others = await otherPartitions(client, topic, open);
    if (others.length > 0) consumer.pause([{ topic, partitions: others }]);
    for (const { partition, from } of open.values()) consumer.seek({ topic, partition, offset: from.toString() });
    while (open.size > 0 && failure === null) {
      signal?.throwIfAborted();
      if (monotonicMs() - movedMs > STALL_LIMIT_MS) fail(stalled(topic, [...open.keys()]));
      await sleep(POLL_MS);
    }
  } catch (error) {
    if (!isLibraryError(error)) throw error;
    throw reasonOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ? topicMissing(topic) : unreachable(options.brokers, error);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await forget(client, group);
  }
  if (failure !== null) throw (failure as { error: unknown }).error;
}

/** Waits for work and tells the group meanwhile that the member lives. */
async function beating(work: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
  work.catch(() => undefined);
  let done = false;
  const settled = work.finally(() => {
    done = true;
  });
  settled.catch(() => undefined);
  while (!done) {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, BEAT_EVERY_MS);
    });
    await Promise.race([settled, pause]).finally(() => clearTimeout(timer));
    if (!done) await heartbeat();
  }
  return settled;
}

async function otherPartitions(client: kafkajs.Kafka, topic: string, wanted: ReadonlyMap<number, unknown>): Promise<number[]> {
  const admin = client.admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.flatMap(({ partitions }) => partitions.map(({ partitionId }) => partitionId)).filter((id) => !wanted.has(id));
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** The group holds nothing; where it cannot be deleted, the broker forgets it by itself. */
async function forget(client: kafkajs.Kafka, group: string): Promise<void> {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([group]);
  } catch {
    // A right that an operator may lack.
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

const stalled = (topic: string, partitions: readonly number[]) =>
  new EpeeError(
    'KAFKA_UNREACHABLE',
    `Reading ${topic} has not moved for ${STALL_LIMIT_MS / 1000} s on partitions ${partitions.join(', ')}: a transaction is open, or the leader is away`,
    { stage: 'cli', details: { topic }, hint: 'Run the command again when the brokers are well.' },
  );
