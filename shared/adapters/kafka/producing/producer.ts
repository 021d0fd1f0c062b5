import { EpeeError, isRefusal } from '@epee/errors';
import { type OutgoingRecord, type PartitionSend, planSends, recordBytes, sendLimitsOf } from '@epee/stream';
import { withDeadline } from '@epee/work';
import kafkajs from 'kafkajs';
import { createClient } from '../client/client.ts';
import { clusterError, ownCause, reasonOf } from '../client/errors.ts';
import type { KafkaOptions, KafkaProducer, RecordPosition } from '../types.ts';
import { createLane } from './lane.ts';
import { isTooLarge, recordTooLarge, sendOne } from './sending.ts';
import { createTopicFacts } from './topic-facts.ts';

const RETRY: kafkajs.RetryOptions = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 1000, retries: 10 };
/** Longest time from a send to its answer. */
const DELIVERY_DEADLINE_MS = 20_000;

/** Connects a producer. @throws EpeeError KAFKA_UNREACHABLE */
export async function connectProducer(options: KafkaOptions): Promise<KafkaProducer> {
  const connection = createConnection(options);
  const topics = await createTopicFacts(options);
  await connection.connect();
  const lanes = new Map<string, (send: PartitionSend) => Promise<readonly bigint[]>>();
  const onItsWay = new Set<Promise<unknown>>();
  let keyless = 0;

  const laneOf = ({ topic, partition }: PartitionSend) => {
    const name = `${topic}/${partition}`;
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane = createLane({
      write: (merged) => connection.send(merged),
      limits: () => sendLimitsOf(topics.known(topic)),
      isTooLarge(error) {
        const tooLarge = isTooLarge(error);
        // The limit is another one than was known.
        if (tooLarge) topics.forget(topic);
        return tooLarge;
      },
    });
    lanes.set(name, lane);
    return lane;
  };

  async function send(topic: string, records: readonly OutgoingRecord[]): Promise<RecordPosition[]> {
    if (records.length === 0) return [];
    const { partitions, maxBytes } = await topics.of(topic);
    const tooLarge = (options.compression ?? 'none') === 'none' ? records.find((record) => recordBytes(record) > maxBytes) : undefined;
    if (tooLarge !== undefined) throw recordTooLarge({ topic, bytes: recordBytes(tooLarge), maxBytes });
    const sends = planSends({ topic, partitions, records, keylessPartition: keyless++ }, sendLimitsOf(maxBytes));
    const ended = await Promise.allSettled(sends.map((part) => laneOf(part)(part)));
    const positions = new Map<OutgoingRecord, RecordPosition>();
    ended.forEach((end, at) => {
      if (end.status === 'rejected') throw end.reason;
      const { partition, records: sent } = sends[at]!;
      sent.forEach((record, index) => void positions.set(record, { topic, partition, offset: end.value[index]! }));
    });
    return records.map((record) => positions.get(record)!);
  }

  return {
    send(topic, records) {
      const work = send(topic, records);
      onItsWay.add(work);
      work.catch(() => undefined).finally(() => onItsWay.delete(work));
      return work;
    },
    recordMaxBytes: topics.maxBytes,
    async close() {
      await Promise.allSettled(onItsWay);
      await Promise.all([connection.close(), topics.close()]);
    },
  };
}

/**
 * The producer in use. After a failed send kafkajs gives the same sequence numbers to other records: had the failed ones been written after all, the broker
 * would take the others for repetitions and drop them. So a producer that failed is never used again.
 */
function createConnection(options: KafkaOptions) {
  let current: Promise<kafkajs.Producer> | null = null;
  let closing = false;

  const connect = (): Promise<kafkajs.Producer> => {
    current ??= open(options);
    const attempt = current;
    attempt.catch(() => {
      if (current === attempt) current = null;
    });
    return attempt;
  };

  const discard = (producer: kafkajs.Producer, used: Promise<kafkajs.Producer>) => {
    if (current === used) current = null;
    // In the background: a producer that lost its broker may take long to let go.
    void producer.disconnect().catch(() => undefined);
  };

  return {
    connect,
    async send(send: PartitionSend): Promise<bigint> {
      if (closing) throw sendFailed(send, new Error('closed'));
      const used = connect();
      const producer = await used.catch((error) => {
        throw sendFailed(send, error);
      });
      try {
        return await withDeadline(sendOne(producer, send, options), { afterMs: DELIVERY_DEADLINE_MS });
      } catch (error) {
        discard(producer, used);
        throw sendFailed(send, error);
      }
    },
    async close() {
      closing = true;
      const producer = await current?.catch(() => null);
      await producer?.disconnect();
    },
  };
}

async function open(options: KafkaOptions): Promise<kafkajs.Producer> {
  const producer = createClient(options, RETRY).producer({
    idempotent: true,
    retry: RETRY,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await withDeadline(producer.connect(), { afterMs: DELIVERY_DEADLINE_MS });
    return producer;
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw clusterError(options, error, { operation: 'IdempotentWrite' });
  }
}

/** What of a send's end is known: a refusal, or nothing. */
function sendFailed({ topic, partition, records }: PartitionSend, cause: unknown): EpeeError {
  const own = ownCause(cause);
  if (own !== null && (own.code === 'RECORD_TOO_LARGE' || isRefusal(own))) return own;
  return new EpeeError(
    'KAFKA_SEND_FAILED',
    `Sending ${records.length} records to ${topic}, partition ${partition}, failed (${reasonOf(cause)})`,
    {
      stage: 'publish',
      details: { topic, partition, records: records.length, reason: reasonOf(cause) },
      hint: 'Some of them may have been written: send them again with the same key.',
      cause,
    },
  );
}
