import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, openRegistry } from '@epee/avro';
import { type CliConfig, cliConfig, type Environment } from '@epee/config';
import { demoEnvironment } from '@epee/demo';
import { EpeeError } from '@epee/errors';
import { createKafka, topicSpecs } from '@epee/kafka';
import { createProjectionStore } from '@epee/redis';
import { type ServiceProcess, startService, startStack } from '@epee/stack';
import { arrivalsMs, quantile } from './arrivals.ts';
import type { LatencyMeasurement, LatencyRow } from './report.ts';
import type { Source } from './sources.ts';
import { aborted, type BenchNote, publishNotes, repeated, until } from './two-ways.ts';

/** How latency is measured. */
export interface LatencyOptions {
  readonly env: Environment;
  /** Time of each row. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Called after each row. */
  readonly onRow: () => void;
}

/** Rows that {@link measureLatency} measures. */
export const LATENCY_ROWS = 6;
const LONE_NOTES = 20;
const WARM_UP_NOTES = 32;
/** Notes by which capacity is measured, for each second of a row. */
const CAPACITY_NOTES_PER_SECOND = 10;
const LOADS = [0.5, 0.7, 0.9] as const;
const IMPORT_LOAD = 0.2;
const LONG_NOTE_LOAD = 0.5;
const LONG_NOTE_BYTES = 950_000;
const POLL_MS = 5;

/** Sends single notes over HTTP to a stack of its own and measures the time until Redis has each result: alone, under load, beside an import and beside a long note. */
export async function measureLatency(source: Source, options: LatencyOptions): Promise<LatencyMeasurement> {
  const { env, signal, onLine } = options;
  const stack = await startStack({ signal, onProgress: onLine });
  const folder = mkdtempSync(join(tmpdir(), 'epee-bench-'));
  const services: ServiceProcess[] = [];
  let done = false;
  try {
    const settings = demoEnvironment(env, stack.env);
    const config = cliConfig(settings);
    const admin = await createKafka(config.kafka).admin();
    await admin.ensureTopics(topicSpecs(config.topics, config.noteMaxBytes)).finally(() => admin.close());
    for (const name of ['worker', 'projector', 'ingest'] as const)
      services.push(await startService(name, settings, join(folder, `${name}.log`)));
    signal.throwIfAborted();
    const failure = Promise.race([...services.map((service) => service.failure), aborted(signal)]);
    failure.catch(() => undefined);
    const measured = await measureOn(source, { ...options, config, port: services[2]!.port, failure });
    done = true;
    return measured;
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await stack.stop();
    // After a failure the logs are what tells why.
    if (done || signal.aborted) rmSync(folder, { recursive: true, force: true });
  }
}

interface Running extends LatencyOptions {
  readonly config: CliConfig;
  /** Of ingest. */
  readonly port: number;
  /** Rejects when a service ends. */
  readonly failure: Promise<never>;
}

async function measureOn(source: Source, running: Running): Promise<LatencyMeasurement> {
  const { config, failure, seconds, onRow } = running;
  const line = await openLine(running);
  const texts = source.texts;
  try {
    const measure = async () => {
      const alone = async (name: string, count: number) => {
        const times: number[] = [];
        for (const note of named(name, texts, count)) times.push(await line.send(note));
        return times;
      };
      await line.flood(named('warm-up', texts, WARM_UP_NOTES));
      const lone = rowOf('one note after the other', await alone('lone', LONE_NOTES), null);
      onRow();
      const flood = named('capacity', texts, Math.ceil(CAPACITY_NOTES_PER_SECOND * seconds));
      const capacity = flood.length / (await line.flood(flood));
      const underLoad = async (name: string, share: number) => {
        const arrivals = arrivalsMs(seconds, share * capacity);
        const notes = named(name.replace(/[^a-z0-9]+/g, '-'), texts, arrivals.length);
        const startMs = performance.now();
        const times = notes.map(async (note, at) => {
          await sleep(Math.max(0, startMs + arrivals[at]! - performance.now()));
          return line.send(note);
        });
        const row = rowOf(name, await Promise.all(times), share * capacity);
        onRow();
        return row;
      };
      const rows: LatencyRow[] = [lone];
      for (const share of LOADS) rows.push(await underLoad(`${100 * share} % of capacity`, share));
      const imported = named('import', texts, Math.ceil(capacity * seconds));
      await line.publishImport(imported);
      rows.push(await underLoad(`${100 * IMPORT_LOAD} % of capacity, beside an import`, IMPORT_LOAD));
      await line.arrived(imported);
      await line.post(longNote(texts));
      rows.push(await underLoad(`${100 * LONG_NOTE_LOAD} % of capacity, beside one note of 950 KB`, LONG_NOTE_LOAD));
      return { capacity, rows };
    };
    const measuring = measure();
    measuring.catch(() => undefined);
    const { capacity, rows } = await Promise.race([failure, measuring]);
    const { policy, engine, topics } = config;
    return {
      source: source.name,
      policy,
      precision: engine.precision,
      engineThreads: engine.threads,
      topicPartitions: topics.partitions,
      secondsPerRow: seconds,
      capacityNotesPerSecond: capacity,
      rows: rows.map((row) => ({ ...row, againstLone: row.p99Ms / rows[0]!.p99Ms })),
    };
  } finally {
    await line.close();
  }
}

/** Single notes on their way from HTTP to Redis. */
interface Line {
  /** Posts a note; answers the milliseconds until Redis has its result. */
  send(note: BenchNote): Promise<number>;
  post(note: BenchNote): Promise<void>;
  /** Sends notes at once; answers the seconds until Redis has all results. */
  flood(notes: readonly BenchNote[]): Promise<number>;
  publishImport(notes: readonly BenchNote[]): Promise<void>;
  /** Waits until Redis has the results of all. */
  arrived(notes: readonly BenchNote[]): Promise<void>;
  close(): Promise<void>;
}

async function openLine({ config, port, signal }: Running): Promise<Line> {
  const { topics, noteMaxBytes } = config;
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await createKafka(config.kafka).producer();
  const store = await createProjectionStore(config.redis);
  const closed = new AbortController();
  const pause = () => sleep(POLL_MS, undefined, { signal: closed.signal });
  const stored = async (documentId: string) => {
    while ((await store.getResult(documentId)) === null) await pause();
  };
  const post = async ({ documentId, text }: BenchNote) => {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ documentId, text }), signal };
    const answer = await fetch(`http://127.0.0.1:${port}/v1/notes`, request);
    if (answer.status === 202) return;
    throw new EpeeError('INGEST_UNAVAILABLE', `ingest answered ${answer.status} to a note`, { stage: 'ingest' });
  };
  const publish = (notes: readonly BenchNote[], topic: string) =>
    publishNotes(notes, { producer, codec, topic, maxTextBytes: noteMaxBytes });
  const arrived = async (notes: readonly BenchNote[]) => {
    let progressMs = performance.now();
    let at = 0;
    const all = (async () => {
      for (; at < notes.length; at++) {
        await stored(notes[at]!.documentId);
        progressMs = performance.now();
      }
    })();
    await Promise.race([all, until(() => at === notes.length, { progressMs: () => progressMs, pause })]);
  };
  return {
    post,
    arrived,
    async send(note) {
      const startMs = performance.now();
      await post(note);
      await stored(note.documentId);
      return performance.now() - startMs;
    },
    async flood(notes) {
      const startMs = performance.now();
      await publish(notes, topics.notes);
      await arrived(notes);
      return (performance.now() - startMs) / 1000;
    },
    publishImport: (notes) => publish(notes, topics.batchNotes!),
    async close() {
      // Whatever still waits would keep the process alive.
      closed.abort();
      await producer.close();
      store.close();
    },
  };
}

const named = (name: string, texts: readonly BenchNote[], count: number): BenchNote[] =>
  repeated(texts, count).map(({ text }, at) => ({ documentId: `${name}-${at}`, text }));

/** The texts one after the other, again and again. */
function longNote(texts: readonly BenchNote[]): BenchNote {
  let text = '';
  for (let at = 0; text.length < LONG_NOTE_BYTES; at++) text += `${texts[at % texts.length]!.text}\n\n`;
  return {
    documentId: 'long-note',
    text: Buffer.from(text)
      .subarray(0, LONG_NOTE_BYTES)
      .toString('utf8')
      .replace(/\ufffd+$/, ''),
  };
}

function rowOf(name: string, times: readonly number[], offeredNotesPerSecond: number | null): LatencyRow {
  if (times.length === 0)
    throw new EpeeError('USAGE_INVALID', `No note was sent in the time of a row (${name})`, { stage: 'cli', hint: 'Give more --seconds.' });
  return {
    name,
    offeredNotesPerSecond,
    notes: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    mostMs: Math.max(...times),
    againstLone: 1,
  };
}
