import type { Offset, TopicPartition } from '@epee/stream';
import kafkajs from 'kafkajs';
import { createClient } from '../client/client.ts';
import { clusterError, isLibraryError, isPassing, ownCause, reasonOf, topicMissing } from '../client/errors.ts';
import type { Doing } from '../client/refusals.ts';
import { assignerWith, type OnRefused } from '../kafkajs-fixes/out-of-range.ts';
import type { Assignment, BatchControl, ConsumeOptions, KafkaOptions } from '../types.ts';
import { toBatch } from './batches.ts';
import type { Pulse } from './pulse.ts';

/** How a membership ended: stopped by its owner, given up by the library (a new one may do), or by an error that a new one would not cure. */
export type MembershipEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'lost'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** One consumer of the library, from joining to leaving. */
export interface Membership {
  readonly ended: Promise<MembershipEnd>;
  joined(): boolean;
  seek(partition: TopicPartition, offset: Offset): void;
  stop(): Promise<void>;
}

/** Tries to reach a broker, about 5 s. */
const CONNECT_RETRY: kafkajs.RetryOptions = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1000, retries: 8 };
/**
 * Tries of fetches and joins, a minute and more, so that a member outlives the restart of a broker: a new one would have to wait until the group has given up the
 * old one. The library counts them over the whole life of a membership, hence a new one is made when they are used up.
 */
const MEMBER_RETRY: kafkajs.RetryOptions = { ...CONNECT_RETRY, retries: 60 };
const CONCURRENCY = 16;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_WAIT_MS = 1000;
const REBALANCE_TIMEOUT_MS = 60_000;
/** A member looks so often whether its topics have more partitions. */
const METADATA_MAX_AGE_MS = 20_000;
/** Share of the session after which missing heartbeats mean that the library's wall clock was set back: it then sends none until the clock has caught up. */
const STALE_SHARE = 0.6;

/** Heartbeats go out this often, whatever the session's length, so that members notice a rebalance soon. */
export const heartbeatIntervalMs = (sessionTimeoutMs: number): number => Math.min(1000, Math.floor(sessionTimeoutMs / 6));

/** Connects, subscribes and starts reading. Rejects with the library's error when that fails. */
export async function startMembership(options: KafkaOptions, consume: ConsumeOptions, pulse: Pulse): Promise<Membership> {
  const consumer = createConsumer(options, consume, onRefused);
  let joined = false;
  let epoch = 0;
  let settle!: (end: MembershipEnd) => void;
  const ended = new Promise<MembershipEnd>((resolve) => {
    settle = resolve;
  });
  let stopped: Promise<void> | null = null;

  const stop = () => {
    joined = false;
    stopped ??= consumer
      .disconnect()
      .catch(() => undefined)
      .then(() => settle({ kind: 'stopped' }));
    return stopped;
  };
  const end = (how: MembershipEnd) => {
    settle(how);
    void stop();
  };
  const isStale = () => joined && pulse.ageMs() > consume.sessionTimeoutMs * STALE_SHARE;
  const leaveStale = (): Error => {
    const error = new Error('heartbeats stopped');
    end({ kind: 'lost', error });
    return error;
  };

  consumer.on(consumer.events.HEARTBEAT, () => pulse.beat());
  consumer.on(consumer.events.FETCH, () => {
    pulse.progress();
    if (isStale()) leaveStale();
  });
  consumer.on(consumer.events.REBALANCING, () => {
    joined = false;
    consume.onRebalance?.();
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    pulse.beat();
    epoch = pulse.nextEpoch();
    joined = true;
    consume.onAssignment?.(toAssignment(epoch, payload.memberAssignment));
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) consume.onSkipped?.({ topic, partition }, BigInt(lastOffset) + 1n);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    joined = false;
    end(crashEnd(options, payload.error, readingOf(consume)));
  });

  async function eachBatch(payload: kafkajs.EachBatchPayload): Promise<void> {
    const control = toControl(consumer, payload, pulse);
    const heartbeat = async () => {
      if (isStale()) throw leaveStale();
      await control.heartbeat();
    };
    try {
      await consume.onBatch(toBatch(payload.batch, epoch), { ...control, heartbeat });
    } catch (error) {
      // The library knows what to do about its own errors: join again, or fetch again.
      if (isLibraryError(error)) throw error;
      end({ kind: 'failed', error });
    }
  }

  async function onRefused(refused: Parameters<OnRefused>[0], heartbeat: () => Promise<void>): Promise<Offset> {
    try {
      return (await consume.onOutOfRange?.({ ...refused, epoch }, { heartbeat })) ?? refused.log.start;
    } catch (error) {
      if (isLibraryError(error)) throw error;
      end({ kind: 'failed', error });
      return refused.position;
    }
  }

  try {
    await run(consumer, consume, eachBatch);
  } catch (error) {
    await stop();
    throw reasonOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ? topicMissing(consume.topics.join(', ')) : error;
  }
  const seek = ({ topic, partition }: TopicPartition, offset: Offset) => {
    if (joined) consumer.seek({ topic, partition, offset: offset.toString() });
  };
  return { ended, joined: () => joined, seek, stop };
}

async function run(
  consumer: kafkajs.Consumer,
  { topics, concurrency }: ConsumeOptions,
  eachBatch: kafkajs.EachBatchHandler,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: concurrency ?? CONCURRENCY,
    eachBatch,
  });
}

function createConsumer(options: KafkaOptions, consume: ConsumeOptions, onRefused: OnRefused): kafkajs.Consumer {
  const heartbeatInterval = heartbeatIntervalMs(consume.sessionTimeoutMs);
  return createClient(options, CONNECT_RETRY).consumer({
    groupId: consume.group,
    partitionAssigners: [assignerWith(kafkajs.PartitionAssigners.roundRobin, onRefused, heartbeatInterval)],
    sessionTimeout: consume.sessionTimeoutMs,
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, consume.sessionTimeoutMs),
    heartbeatInterval,
    maxBytesPerPartition: consume.maxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
    maxBytes: consume.maxBytes ?? MAX_BYTES,
    maxWaitTimeInMs: consume.maxWaitMs ?? MAX_WAIT_MS,
    minBytes: 1,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retry: { ...MEMBER_RETRY, restartOnFailure: async () => false },
  });
}

function toAssignment(epoch: number, memberAssignment: Readonly<Record<string, number[]>>): Assignment {
  const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));
  return { epoch, partitions };
}

function toControl(consumer: kafkajs.Consumer, payload: kafkajs.EachBatchPayload, pulse: Pulse): BatchControl {
  const { topic, partition } = payload.batch;
  return {
    heartbeat: () => payload.heartbeat(),
    resolve: (next) => {
      pulse.progress();
      payload.resolveOffset((next - 1n).toString());
    },
    seek: (offset) => consumer.seek({ topic, partition, offset: offset.toString() }),
    commit: (next) => payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next.toString() }] }] }),
    pause: () => void payload.pause(),
    active: () => payload.isRunning() && !payload.isStale(),
  };
}

/** What a member asks of the cluster, for the message of a refusal. */
export const readingOf = ({ group, topics }: Pick<ConsumeOptions, 'group' | 'topics'>): Doing => ({
  operation: 'Read',
  group,
  topic: topics.join(', '),
});

function crashEnd(options: KafkaOptions, error: unknown, doing: Doing): MembershipEnd {
  const own = ownCause(error);
  if (own !== null) return { kind: 'failed', error: own };
  if (!isLibraryError(error)) return { kind: 'failed', error };
  return { kind: isPassing(error) ? 'lost' : 'failed', error: clusterError(options, error, doing) };
}
