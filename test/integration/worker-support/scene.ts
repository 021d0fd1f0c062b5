import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { createKafka, type Kafka, type KafkaAdmin, type KafkaOptions, type KafkaProducer, topicSpecs } from '@epee/kafka';
import type { ClinicalNote } from '@epee/records';
import type { FetchedRecord, OutgoingRecord } from '@epee/stream';
import type { WorkerOptions } from '@epee/worker';
import { noteOf } from '../../support/records.ts';

/** The broker that the test run started. */
export function testKafkaOptions(): KafkaOptions {
  const brokers = process.env.EPEE_TEST_KAFKA_BROKERS;
  if (brokers === undefined) throw new Error('EPEE_TEST_KAFKA_BROKERS is not set: run `npm test`, or name a broker yourself');
  return { brokers: brokers.split(','), clientId: 'epee-test', tls: null, sasl: null };
}

/** Waits until `check` answers something other than `undefined`, asking again and again until the deadline. */
export async function eventually<T>(what: string, check: () => T | undefined | Promise<T | undefined>, deadlineMs = 60_000): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await check();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await sleep(50);
  }
}

/** A record that a watcher saw, with its topic. */
export interface SeenRecord extends FetchedRecord {
  readonly topic: string;
  readonly partition: number;
}

/** Reads topics with `read_committed`, from their beginning on. */
export interface Watcher {
  readonly records: readonly SeenRecord[];
  of(topic: string): SeenRecord[];
  close(): Promise<void>;
}

/** Topics, group and clients of one test, with random names. */
export interface Scene {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  readonly producer: KafkaProducer;
  readonly codec: Codec;
  readonly options: WorkerOptions;
  note(at: number): ClinicalNote;
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Publishes `count` notes with ids `doc-<from>`, ... */
  publishNotes(count: number, from?: number): Promise<void>;
  watch(topics?: readonly string[]): Promise<Watcher>;
  /** Reads a topic's committed records from its beginning to its present end. */
  readAll(topic: string): Promise<SeenRecord[]>;
  close(): Promise<void>;
}

/** Makes the topics and connects. */
export async function openScene({ partitions = 3, sessionTimeoutMs = 6000, stopTimeoutMs = 5000 } = {}): Promise<Scene> {
  const id = randomUUID().slice(0, 8);
  const kafka = createKafka(testKafkaOptions());
  const options: WorkerOptions = {
    consumer: { group: `worker-test-${id}`, sessionTimeoutMs },
    topics: {
      notes: `notes-${id}`,
      images: `images-${id}`,
      results: `results-${id}`,
      deadLetters: `dead-letters-${id}`,
      partitions,
      replication: 1,
    },
    policy: 'fast',
    recordMaxCrashes: 3,
    http: { host: '127.0.0.1', port: 0 },
    stopTimeoutMs,
    noteMaxBytes: 100_000,
  };
  const { topics } = options;
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs(topics, options.noteMaxBytes));
  const producer = await kafka.producer();
  const codec = await createCodec(await fileRegistry());
  const watchers: Watcher[] = [];

  const note = (at: number) => noteOf({ documentId: `doc-${at}`, version: BigInt(at), text: `Note ${at}. No allergies.` });
  const publish = async (records: readonly OutgoingRecord[]) => void (await producer.send(topics.notes, records));

  async function watch(names: readonly string[] = [topics.results, topics.deadLetters]): Promise<Watcher> {
    const records: SeenRecord[] = [];
    const consumer = await kafka.consume({
      group: `watch-${randomUUID()}`,
      topics: names,
      sessionTimeoutMs: 10_000,
      maxWaitMs: 200,
      async onBatch(batch, control) {
        records.push(...batch.records.map((record) => ({ ...record, topic: batch.topic, partition: batch.partition })));
        control.resolve(batch.lastOffset + 1n);
      },
    });
    const watcher = { records, of: (topic: string) => records.filter((record) => record.topic === topic), close: () => consumer.stop() };
    watchers.push(watcher);
    return watcher;
  }

  return {
    kafka,
    admin,
    producer,
    codec,
    options,
    note,
    publish,
    publishNotes: (count, from = 0) =>
      publish(
        Array.from({ length: count }, (_, index) => {
          const { documentId } = note(from + index);
          return { key: documentId, value: codec.encodeNote(note(from + index)) };
        }),
      ),
    watch,
    async readAll(topic) {
      const ends = new Map((await admin.offsets(topic)).map(({ partition, high }) => [partition, high]));
      const reached = new Map<number, bigint>();
      const records: SeenRecord[] = [];
      const consumer = await kafka.consume({
        group: `read-${randomUUID()}`,
        topics: [topic],
        sessionTimeoutMs: 10_000,
        maxWaitMs: 100,
        async onBatch(batch, control) {
          records.push(...batch.records.map((record) => ({ ...record, topic, partition: batch.partition })));
          reached.set(batch.partition, batch.lastOffset + 1n);
          control.resolve(batch.lastOffset + 1n);
        },
      });
      // Markers end a partition and are not handed out: the last record may stand one before the end.
      const complete = () => [...ends].every(([partition, high]) => high - (reached.get(partition) ?? 0n) <= 1n) || undefined;
      await eventually(`the end of ${topic}`, complete);
      await consumer.stop();
      return records;
    },
    async close() {
      await Promise.all(watchers.map((watcher) => watcher.close()));
      await producer.close();
      await admin.deleteTopics([topics.notes, topics.results, topics.deadLetters]);
      await admin.close();
    },
  };
}
