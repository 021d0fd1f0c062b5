import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, restRegistry } from '@epee/avro';
import { ERROR_CODES } from '@epee/errors';
import { createKafka, type KafkaOptions, topicSpecs } from '@epee/kafka';
import { DEAD_LETTER_HEADERS, type FetchedRecord, headerText } from '@epee/stream';
import { processUse } from '../../tools/bench/process-use.ts';
import { startEpee } from '../integration/cli-support/program.ts';
import { fuzzedRecord, type Kind, NOTE_MAX_BYTES } from './records.ts';
import { startRegistry } from './schemas.ts';

/** What a run is to do. */
export interface FuzzOptions {
  readonly brokers: readonly string[];
  readonly records: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told of records that were sent, and of those that the worker has finished. */
  readonly onProgress?: (done: { readonly sent: number; readonly worked: number }) => void;
}

/** What came of a run. All is well where `problems` is empty. */
export interface FuzzReport {
  readonly seed: number;
  readonly records: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byCode: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  readonly results: number;
  /** Times that the worker process ended by itself. */
  readonly crashes: number;
  readonly seconds: number;
  /** Resident memory of the worker when so much of the records was done, MiB; Linux only. */
  readonly workerMemoryMiB: readonly number[];
  /** What is not as it must be, at most 20. */
  readonly problems: readonly string[];
}

const SEND_RECORDS = 1000;
/** Records that may wait for the worker. */
const AHEAD = 20_000;
const PARTITIONS = 4;
const STALL_LIMIT_MS = 120_000;
const MAX_PROBLEMS = 20;

/**
 * Sends fuzzed records through Kafka to a worker process, and looks at what came of each: exactly one dead letter with a code and the record's own bytes, or, for a good
 * note, exactly one result.
 */
export async function runFuzz({ brokers, records, seed, signal, onProgress = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const startMs = performance.now();
  const id = randomUUID().slice(0, 8);
  const topics = {
    notes: `fuzz.${id}.notes`,
    results: `fuzz.${id}.results`,
    deadLetters: `fuzz.${id}.dead`,
    partitions: PARTITIONS,
    replication: 1,
  };
  const options: KafkaOptions = { brokers, clientId: 'epee-fuzz', tls: null, sasl: null };
  const kafka = createKafka(options);
  const registry = await startRegistry();
  const admin = await kafka.admin();
  const producer = await kafka.producer();
  const problems: string[] = [];
  const problem = (text: string) => void (problems.length < MAX_PROBLEMS && problems.push(text));
  const codec = await createCodec(restRegistry({ url: registry.url }), { topics });
  await admin.ensureTopics(topicSpecs(topics, NOTE_MAX_BYTES));
  const group = `fuzz-${id}`;
  const env = {
    EPEE_KAFKA_BROKERS: brokers.join(),
    EPEE_KAFKA_GROUP: group,
    EPEE_NOTES_TOPIC: topics.notes,
    EPEE_RESULTS_TOPIC: topics.results,
    EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
    EPEE_SCHEMA_REGISTRY_URL: registry.url,
    EPEE_NOTE_MAX_BYTES: String(NOTE_MAX_BYTES),
    EPEE_WORKER_PORT: '0',
    EPEE_LOG_LEVEL: 'error',
  };
  const worker = startEpee(['run', 'worker'], { env });
  let crashes = 0;
  let ended = false;
  let stopping = false;
  void worker.ended.then(({ exitCode, stderr }) => {
    ended = true;
    if (stopping) return;
    crashes += 1;
    problem(`the worker ended with ${exitCode}: ${stderr.slice(-2000)}`);
  });
  const memory: number[] = [];
  const remember = (worked: number) => {
    if (process.platform !== 'linux' || worked < (memory.length * records) / 4) return;
    memory.push(Math.round(Math.max(0, ...worker.family().map((pid) => processUse(pid)?.rssMiB ?? 0))));
  };
  /** Number of the record at an offset, by partition. */
  const numberAt: number[][] = Array.from({ length: PARTITIONS }, () => []);
  const byKind: Record<string, number> = {};
  const kinds: Kind[] = [];

  let worked = 0;
  let movedMs = performance.now();
  async function look(): Promise<void> {
    const committed = await admin.committed(`${group}.worker`, topics.notes);
    const now = committed.reduce((sum, { offset }) => sum + Number(offset ?? 0n), 0);
    if (now > worked) movedMs = performance.now();
    worked = now;
    remember(worked);
  }
  const stuck = () => ended || performance.now() - movedMs > STALL_LIMIT_MS;

  try {
    for (let at = 0; at < records && !stuck(); at += SEND_RECORDS) {
      const made = await Promise.all(
        Array.from({ length: Math.min(SEND_RECORDS, records - at) }, (_, index) => fuzzedRecord(codec, seed, at + index)),
      );
      for (const { kind } of made) {
        byKind[kind] = (byKind[kind] ?? 0) + 1;
        kinds.push(kind);
      }
      const positions = await producer.send(
        topics.notes,
        made.map(({ record }) => record),
      );
      positions.forEach(({ partition, offset }, index) => {
        numberAt[partition]![Number(offset)] = at + index;
      });
      do {
        signal.throwIfAborted();
        await look();
        onProgress({ sent: at + made.length, worked });
        if (at + made.length - worked > AHEAD) await sleep(100);
      } while (at + made.length - worked > AHEAD && !stuck());
    }
    while (worked < records && !stuck()) {
      signal.throwIfAborted();
      await sleep(200);
      await look();
      onProgress({ sent: records, worked });
    }
    if (worked < records) problem(`the worker finished ${worked} of ${records} records`);

    const seen = new Uint8Array(records);
    const byCode: Record<string, number> = {};
    const [deadLetters, results] = [
      await readAll(topics.deadLetters, async (record) => {
        const origin = [DEAD_LETTER_HEADERS.originPartition, DEAD_LETTER_HEADERS.originOffset].map((name) =>
          Number(headerText(record, name)),
        );
        const number = numberAt[origin[0]!]?.[origin[1]!];
        const code = headerText(record, DEAD_LETTER_HEADERS.code) ?? '';
        byCode[code] = (byCode[code] ?? 0) + 1;
        if (number === undefined) return problem(`a dead letter of ${origin.join(':')}, where nothing was sent`);
        seen[number]! += 1;
        if (!Object.hasOwn(ERROR_CODES, code)) problem(`record ${number} (${kinds[number]}) has code ${JSON.stringify(code.slice(0, 40))}`);
        if (kinds[number] === 'good') problem(`record ${number} is good, but became a dead letter with ${code}`);
        const { record: sent } = await fuzzedRecord(codec, seed, number);
        if (!same(sent.value, record.value) || !same(sent.key as Buffer, record.key))
          problem(`the dead letter of record ${number} has other bytes`);
      }),
      await readAll(topics.results, async (record) => {
        const number = Number(/^fuzz-(\d+)$/.exec(String(record.key))?.[1] ?? Number.NaN);
        if (kinds[number] !== 'good') return problem(`record ${number} (${kinds[number]}) has a result`);
        seen[number]! += 1;
      }),
    ];
    seen.forEach((times, number) => {
      if (times !== 1) problem(`record ${number} (${kinds[number]}) came out ${times} times`);
    });
    return {
      seed,
      records,
      byKind,
      byCode,
      deadLetters,
      results,
      crashes,
      seconds: (performance.now() - startMs) / 1000,
      workerMemoryMiB: memory,
      problems,
    };
  } finally {
    stopping = true;
    worker.kill('SIGTERM');
    await worker.ended;
    await producer.close();
    await admin.deleteTopics([topics.notes, topics.results, topics.deadLetters]).catch(() => undefined);
    await admin.close();
    await registry.close();
  }

  async function readAll(topic: string, onRecord: (record: FetchedRecord) => void | Promise<void>): Promise<number> {
    let count = 0;
    const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
    const onRecords = async (_partition: number, some: readonly FetchedRecord[]) => {
      for (const record of some) await onRecord(record);
      count += some.length;
    };
    await kafka.scan({ topic, ranges, onRecords, signal });
    return count;
  }
}

const same = (a: Buffer | null, b: Buffer | null) => (a === null || b === null ? a === b : a.equals(b));
