import { EpeeError } from '@epee/errors';
import { type OutgoingRecord, type PartitionSend, planSends } from '@epee/stream';
import { processSurroundings, withDeadline } from '@epee/work';
import kafkajs from 'kafkajs';
import { connectRawAdmin, partitionsOf } from '../client/admin.ts';
import { createClient } from '../client/client.ts';
import { reasonOf, topicMissing, unreachable } from '../client/errors.ts';
import type { KafkaOptions, KafkaProducer, RecordPosition } from '../types.ts';
import { createLane } from './lane.ts';
import { sendOne } from './sending.ts';

const RETRY: kafkajs.RetryOptions = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 1000, retries: 10 };
/** Longest time from a send to its answer. */
const DELIVERY_DEADLINE_MS = 20_000;
const PARTITIONS_MAX_AGE_MS = 60_000;

/** Connects a producer. @throws EpeeError KAFKA_UNREACHABLE */
export async function connectProducer(options: KafkaOptions): Promise<KafkaProducer> {
  const connection = createConnection(options);
  const metadata = await createMetadata(options);
  await connection.connect();
  const lanes = new Map<string, (send: PartitionSend) => Promise<bigint>>();
  const onItsWay = new Set<Promise<unknown>>();
  let keyless = 0;

  const write = (send: PartitionSend): Promise<bigint> => {
    const name = `${send.topic}/${send.partition}`;
    let lane = lanes.get(name);
    if (lane === undefined) {
      lane = createLane((merged) => connection.send(merged));
      lanes.set(name, lane);
    }
    return lane(send);
  };

  async function send(topic: string, records: readonly OutgoingRecord[]): Promise<RecordPosition[]> {
    if (records.length === 0) return [];
    const partitions = await metadata.partitions(topic);
    const sends = planSends({ topic, partitions, records, keylessPartition: keyless++ });
    const ended = await Promise.allSettled(sends.map(write));
    const positions = new Map<OutgoingRecord, RecordPosition>();
    ended.forEach((end, at) => {
      if (end.status === 'rejected') throw end.reason;
      const { partition, records: sent } = sends[at]!;
      sent.forEach((record, index) => void positions.set(record, { topic, partition, offset: end.value + BigInt(index) }));
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
    async close() {
      await Promise.allSettled(onItsWay);
      await Promise.all([connection.close(), metadata.close()]);
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
        return await withDeadline(sendOne(producer, send, options.compression ?? 'none'), { afterMs: DELIVERY_DEADLINE_MS });
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
    throw unreachable(options.brokers, error);
  }
}

const sendFailed = ({ topic, partition, records }: PartitionSend, cause: unknown): EpeeError =>
  new EpeeError('KAFKA_SEND_FAILED', `Sending ${records.length} records to ${topic}, partition ${partition}, failed (${reasonOf(cause)})`, {
    stage: 'publish',
    details: { topic, partition, records: records.length, reason: reasonOf(cause) },
    hint: 'Some of them may have been written: send them again with the same key.',
    cause,
  });

async function createMetadata(options: KafkaOptions) {
  const { monotonicMs } = processSurroundings;
  let admin = await connectRawAdmin(options);
  const known = new Map<string, { count: number; atMs: number }>();

  async function ask(topic: string): Promise<number | null> {
    try {
      return await partitionsOf(admin, topic);
    } catch {
      // Brokers may all have moved since the last question: once more over new connections.
      void admin.disconnect().catch(() => undefined);
      admin = await connectRawAdmin(options);
      return partitionsOf(admin, topic);
    }
  }

  return {
    async partitions(topic: string): Promise<number> {
      const entry = known.get(topic);
      if (entry !== undefined && monotonicMs() - entry.atMs < PARTITIONS_MAX_AGE_MS) return entry.count;
      const count = await ask(topic);
      if (count === null) throw topicMissing(topic);
      known.set(topic, { count, atMs: monotonicMs() });
      return count;
    },
    close: () => admin.disconnect(),
  };
}
