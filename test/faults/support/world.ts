import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { createKafka, type Kafka, type KafkaAdmin, topicSpecs } from '@epee/kafka';
import { resultToJson } from '@epee/records';
import { createProjectionStore, type ProjectionStore, type StoredResult } from '@epee/redis';
import type { OutgoingRecord } from '@epee/stream';
import type { WorkerOptions } from '@epee/worker';
import { eventually } from '../../integration/worker-support/scene.ts';
import type { Cluster } from './cluster.ts';
import { type NumberedNotes, noteAt } from './numbered-notes.ts';
import { describeFindings, type Findings, isClean, judge } from './oracle.ts';
import { type ServiceProcess, startService } from './processes.ts';
import { decoders, follow, observe, originsOf, type PlacedRecord, type Reader, readTopic } from './reading.ts';
import type { WorkerPlan } from './worker-plan.ts';

/** What a world is like. */
export interface WorldOptions {
  readonly partitions?: number;
  readonly sessionTimeoutMs?: number;
  readonly documents?: number;
  readonly recordMaxCrashes?: number;
  readonly noteMaxBytes?: number;
}

/** Topics, group and processes of one test on a cluster, with random names. */
export interface World {
  readonly kafka: Kafka;
  readonly codec: Codec;
  readonly options: WorkerOptions;
  readonly notes: NumberedNotes;
  readonly logs: string;
  /** The concurrent reader of results and dead letters. */
  readonly reader: Reader;
  /** Records on the input topic so far, as far as this world sent them. */
  sent(): number;
  /** Sends the next `count` notes until the brokers have them, however often that takes. @param text by number, stands in for a note's text */
  send(count: number, text?: (at: number) => string | undefined): Promise<void>;
  sendRecords(records: readonly OutgoingRecord[]): Promise<void>;
  worker(plan?: Partial<Omit<WorkerPlan, 'brokers' | 'options'>>): ServiceProcess;
  /** The real service with a model package. */
  modelWorker(modelDir: string): ServiceProcess;
  projector(): ServiceProcess;
  results(): number;
  letters(): PlacedRecord[];
  /** Waits until as many results and dead letters are there as there are records. */
  settled(deadlineMs?: number): Promise<void>;
  /** Compares the whole output with the whole input, read anew. */
  findings(): Promise<Findings>;
  /** Documents of which Redis does not hold the newest result of the topic. */
  differing(): Promise<string[]>;
  /** What Redis holds of a document. */
  stored(documentId: string): Promise<StoredResult | null>;
  /** Waits for the end, then asserts: none missing, none double, in order; the concurrent reader saw the same; with `redis`, Redis equals the topic. */
  assertExactlyOnce(options?: { readonly redis?: boolean; readonly deadlineMs?: number }): Promise<void>;
  admin(): Promise<KafkaAdmin>;
  close(): Promise<void>;
}

const SEND_CHUNK = 200;

/** Makes the topics (three replicas, two of which must have what is acknowledged) and a concurrent reader. */
export async function openWorld(cluster: Cluster, over: WorldOptions = {}): Promise<World> {
  const id = randomUUID().slice(0, 8);
  const brokers = cluster.kafka.bootstrap.split(',');
  const kafka = createKafka({ brokers, clientId: 'epee-faults', tls: null, sasl: null });
  const codec = await createCodec(await fileRegistry());
  const { partitions = 3, sessionTimeoutMs = 6000, documents = 40, recordMaxCrashes = 3, noteMaxBytes = 100_000 } = over;
  const options: WorkerOptions = {
    consumer: { group: `faults-${id}.worker`, sessionTimeoutMs },
    topics: {
      notes: `notes-${id}`,
      images: `images-${id}`,
      results: `results-${id}`,
      deadLetters: `dead-letters-${id}`,
      partitions,
      replication: cluster.kafka.nodes.length,
    },
    policy: 'fast',
    recordMaxCrashes,
    http: { host: '127.0.0.1', port: 0 },
    stopTimeoutMs: 5000,
    noteMaxBytes,
  };
  const { topics } = options;
  const notes = { prefix: `doc-${id}`, documents };
  const logs = join(cluster.dir, 'logs');
  const processes: ServiceProcess[] = [];
  await withAdmin((admin) => admin.ensureTopics(topicSpecs(topics, noteMaxBytes)));
  const reader = await follow(kafka, [topics.results, topics.deadLetters]);
  let opening: Promise<ProjectionStore> | null = null;
  let sent = 0;
  let next = 0;

  async function withAdmin<T>(work: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
    const admin = await kafka.admin();
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  }

  async function sendRecords(records: readonly OutgoingRecord[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const producer = await kafka.producer();
        try {
          await producer.send(topics.notes, records);
          sent += records.length;
          return;
        } finally {
          await producer.close();
        }
      } catch (error) {
        // What was written of it is written again: the input then holds a note twice, and must have two results.
        if (attempt === 30) throw error;
      }
    }
  }

  async function send(count: number, text: (at: number) => string | undefined = () => undefined): Promise<void> {
    for (const end = next + count; next < end; ) {
      const chunk = Array.from({ length: Math.min(SEND_CHUNK, end - next) }, (_, index) => noteAt(next + index, notes, text(next + index)));
      next += chunk.length;
      await sendRecords(chunk.map((note) => ({ key: note.documentId, value: codec.encodeNote(note) })));
    }
  }

  const start = (kind: string, program: string, env: Readonly<Record<string, string>>): ServiceProcess => {
    const service = startService({ name: `${id}-${kind}-${processes.length}`, program, env, logs });
    processes.push(service);
    return service;
  };
  const serviceEnv = {
    EPEE_KAFKA_BROKERS: cluster.kafka.bootstrap,
    EPEE_KAFKA_GROUP: `faults-${id}`,
    EPEE_KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
    EPEE_NOTES_TOPIC: topics.notes,
    EPEE_RESULTS_TOPIC: topics.results,
    EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
  };

  const inputCount = async () => (await withAdmin((admin) => readTopic(kafka, admin, topics.notes))).length;

  async function settled(deadlineMs = 120_000): Promise<void> {
    const count = await inputCount();
    await eventually(
      `${count} results and dead letters (there are ${reader.records.length})`,
      () => reader.records.length >= count || undefined,
      deadlineMs,
    ).catch((error) => {
      throw new Error(`${error.message}; now ${reader.records.length}`);
    });
  }

  async function readAll() {
    return withAdmin(async (admin) => {
      const [input, results, letters] = [
        await readTopic(kafka, admin, topics.notes),
        await readTopic(kafka, admin, topics.results),
        await readTopic(kafka, admin, topics.deadLetters),
      ];
      return { input, results, letters };
    });
  }

  async function findings(): Promise<Findings> {
    const { input, results, letters } = await readAll();
    const decode = decoders(codec);
    return judge(await observe(input, decode.note), await observe(results, decode.result), originsOf(letters, topics.notes));
  }

  /** One client for all who ask at the same time; a new one where the last could not connect. */
  const openStore = (): Promise<ProjectionStore> => {
    opening ??= createProjectionStore({ url: cluster.redis.url, password: null, streamMaxLength: 1000 }).catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  };

  async function differing(): Promise<string[]> {
    const store = await openStore();
    const newest = new Map<string, Awaited<ReturnType<Codec['decodeResult']>>>();
    for (const { value } of reader.of(topics.results)) {
      const result = await codec.decodeResult(value);
      if ((newest.get(result.documentId)?.version ?? -1n) <= result.version) newest.set(result.documentId, result);
    }
    const bad: string[] = [];
    for (const [documentId, result] of newest) {
      const stored = await store.getResult(documentId);
      const wanted = JSON.parse(JSON.stringify(resultToJson(result)));
      if (stored === null || stored.version !== result.version || !isDeepStrictEqual(stored.result, wanted)) bad.push(documentId);
    }
    return bad;
  }

  async function assertExactlyOnce({ redis = false, deadlineMs = 120_000 } = {}): Promise<void> {
    await settled(deadlineMs);
    const { input, results, letters } = await readAll();
    const decode = decoders(codec);
    const observedInput = await observe(input, decode.note);
    const dead = originsOf(letters, topics.notes);
    const atEnd = judge(observedInput, await observe(results, decode.result), dead);
    assert.ok(isClean(atEnd), `the topic: ${describeFindings(atEnd)}`);
    await eventually('the concurrent reader is at the end', () => reader.records.length >= results.length + letters.length || undefined);
    const seen = judge(
      observedInput,
      await observe(reader.of(topics.results), decode.result),
      originsOf(reader.of(topics.deadLetters), topics.notes),
    );
    assert.ok(isClean(seen), `the concurrent reader: ${describeFindings(seen)}`);
    if (redis)
      await eventually(
        'Redis equals the topic',
        async () => ((await differing().catch(() => ['?'])).length === 0 ? true : undefined),
        deadlineMs,
      );
  }

  return {
    kafka,
    codec,
    options,
    notes,
    logs,
    reader,
    sent: () => sent,
    send,
    sendRecords,
    worker: (plan = {}) =>
      start('worker', 'test/faults/support/worker-child.js', {
        EPEE_TEST_WORKER: JSON.stringify({ delayMs: 10, ...plan, brokers, options }),
      }),
    modelWorker: (modelDir) =>
      start('worker', 'services/worker/main.js', {
        ...serviceEnv,
        EPEE_WORKER_PORT: '0',
        EPEE_MODEL_DIR: modelDir,
        EPEE_ENGINE_THREADS: '1',
      }),
    projector: () =>
      start('projector', 'services/projector/main.js', { ...serviceEnv, EPEE_REDIS_URL: cluster.redis.url, EPEE_PROJECTOR_PORT: '0' }),
    results: () => reader.of(topics.results).length,
    letters: () => reader.of(topics.deadLetters),
    settled,
    findings,
    differing,
    stored: async (documentId) => (await openStore()).getResult(documentId),
    assertExactlyOnce,
    admin: () => kafka.admin(),
    async close() {
      for (const service of processes) service.process.kill('SIGCONT');
      await Promise.all(processes.map((service) => service.kill()));
      (await opening?.catch(() => null))?.close();
      await reader.close();
      await withAdmin((admin) => admin.deleteTopics([topics.notes, topics.results, topics.deadLetters])).catch(() => undefined);
    },
  };
}
