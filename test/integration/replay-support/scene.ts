import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { createKafka, type Kafka, type KafkaAdmin, type KafkaProducer, readRanges, topicSpecs } from '@epee/kafka';
import type { FetchedRecord, OutgoingRecord } from '@epee/stream';
import { readHead } from '../../../tools/replay/run/headers.ts';
import { noteOf } from '../../support/records.ts';
import { testKafkaOptions } from '../worker-support/scene.ts';

/** A topic of notes with topics for replays beside it, all with names of their own. */
export interface ReplayScene {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  readonly codec: Codec;
  readonly folder: string;
  readonly topics: Readonly<Record<'notes' | 'results' | 'deadLetters' | 'replays' | 'replayRuns', string>>;
  /** For `epee`. */
  readonly env: Readonly<Record<string, string>>;
  note(at: number): OutgoingRecord;
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** What a run wrote, as a reader with `read_committed` sees it: `variant partition:offset`, sorted; `!CODE` behind a failure. */
  answersOf(run: string): Promise<string[]>;
  /** Where every note stands, as `partition:offset`. */
  places(): Promise<string[]>;
  /** Committed records of a topic from its beginning to its present end. */
  readAll(topic: string): Promise<(FetchedRecord & { readonly partition: number })[]>;
  /** Ends of the live topics and the standing of a live group: whatever a replay must not change. */
  live(): Promise<string>;
  close(): Promise<void>;
}

const SENTENCES = [
  'Rash after starting aspirin 75 mg.',
  'No further complaints.',
  'Heparin was stopped because of bleeding.',
  'Plan: review in two weeks.',
];

/** Makes the live topics, a live group that stands in the middle of the notes, and nothing of replays. */
export async function openReplayScene({ partitions = 3 } = {}): Promise<ReplayScene> {
  const id = randomUUID().slice(0, 8);
  const name = (kind: string) => `replay-test.${id}.${kind}`;
  const topics = {
    notes: name('notes'),
    results: name('results'),
    deadLetters: name('dead'),
    replays: name('replays'),
    replayRuns: name('runs'),
  };
  const kafkaOptions = testKafkaOptions();
  const kafka = createKafka(kafkaOptions);
  const admin = await kafka.admin();
  await admin.ensureTopics(topicSpecs({ ...topics, partitions, replication: 1 }, 100_000));
  const producer: KafkaProducer = await kafka.producer();
  const codec = await createCodec(await fileRegistry());
  const liveGroup = name('worker');
  const live = kafka.transactions({ group: liveGroup, topic: topics.notes, partition: 0 });
  await live.open();
  await live.commit([], 1n);
  await live.close();

  async function readAll(topic: string) {
    const group = name(`reader-${randomUUID()}`);
    const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    const records: (FetchedRecord & { partition: number })[] = [];
    await readRanges(kafka, {
      group,
      topic,
      ranges,
      onBatch: async (batch) => void records.push(...batch.records.map((record) => ({ ...record, partition: batch.partition }))),
    });
    return records;
  }

  return {
    kafka,
    admin,
    codec,
    topics,
    folder: mkdtempSync(join(tmpdir(), 'epee-replay-')),
    env: {
      EPEE_KAFKA_BROKERS: kafkaOptions.brokers.join(','),
      EPEE_KAFKA_GROUP: name('group'),
      EPEE_NOTES_TOPIC: topics.notes,
      EPEE_RESULTS_TOPIC: topics.results,
      EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
      EPEE_REPLAYS_TOPIC: topics.replays,
      EPEE_REPLAY_RUNS_TOPIC: topics.replayRuns,
      EPEE_ENGINE_THREADS: '1',
    },
    note(at) {
      const documentId = `doc-${at}`;
      const text = `Note ${at}. ${Array.from({ length: 1 + (at % 5) }, (_, index) => SENTENCES[(at + index) % SENTENCES.length]).join(' ')}`;
      return { key: documentId, value: codec.encodeNote(noteOf({ documentId, text })), headers: { 'epee-policy': 'careful' } };
    },
    publish: async (records) => void (await producer.send(topics.notes, records)),
    async answersOf(run) {
      const heads = (await readAll(topics.replays)).map((record) => readHead(record)!).filter((head) => head.run === run);
      return heads
        .map(({ variant, origin, code }) => `${variant} ${origin.partition}:${origin.offset}${code === null ? '' : ` !${code}`}`)
        .sort();
    },
    places: async () => (await readAll(topics.notes)).map(({ partition, offset }) => `${partition}:${offset}`),
    readAll,
    async live() {
      const [ends, standing] = await Promise.all([
        Promise.all([topics.notes, topics.results, topics.deadLetters].map((topic) => admin.offsets(topic))),
        admin.committed(liveGroup, topics.notes),
      ]);
      return JSON.stringify([ends, standing], (_, value) => (typeof value === 'bigint' ? String(value) : value));
    },
    async close() {
      await producer.close();
      const present = await Promise.all(
        Object.values(topics).map(async (topic) => ((await admin.partitions(topic)) === null ? [] : [topic])),
      );
      await admin.deleteTopics(present.flat());
      await admin.close();
    },
  };
}

/** Answers that each variant must have given once for each place. */
export const expectedAnswers = (variants: readonly string[], places: readonly string[]): string[] =>
  variants.flatMap((variant) => places.map((place) => `${variant} ${place}`)).sort();

/** Removes a scene's folder. */
export const removeFolder = ({ folder }: ReplayScene): void => rmSync(folder, { recursive: true, force: true });
