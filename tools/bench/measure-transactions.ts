import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, openRegistry } from '@epee/avro';
import { type CliConfig, cliConfig, type Environment } from '@epee/config';
import { demoEnvironment, watchTopics } from '@epee/demo';
import { EpeeError } from '@epee/errors';
import { createKafka, topicSpecs } from '@epee/kafka';
import { type ServiceProcess, startService, startStack } from '@epee/stack';
import { median } from '@epee/timing';
import type { PipelineOptions } from './measure-pipeline.ts';
import type { TransactionMeasurement } from './report.ts';
import type { Source } from './sources.ts';
import { aborted, type BenchNote, publishNotes, repeated, until } from './two-ways.ts';

/** Parts in which both sides take turns; each begins every other one. */
const PARTS = 8;
const WARM_UP_NOTES = 32;
const POLL_MS = 10;
const SIDES = ['transactions', 'plain'] as const;
type Side = (typeof SIDES)[number];
const PLAIN_WORKER = 'worker/without-transactions';

/** Results that {@link measureTransactions} counts, in all. */
export const transactionResults = (notes: number) => 2 * (notes + WARM_UP_NOTES);

/** Sends notes through a worker with transactions and one without, on one fresh stack, in turns, and reads their results with `read_committed`. */
export async function measureTransactions(
  source: Source,
  { env, notes, signal, onLine, onResults }: PipelineOptions,
): Promise<TransactionMeasurement> {
  const stack = await startStack({ signal, onProgress: onLine });
  const folder = mkdtempSync(join(tmpdir(), 'epee-bench-'));
  const services: ServiceProcess[] = [];
  const lines: Line[] = [];
  let done = false;
  try {
    for (const side of SIDES) {
      const settings = { ...demoEnvironment(env, stack.env), ...ownNames(side) };
      const config = cliConfig(settings);
      const admin = await createKafka(config.kafka).admin();
      await admin.ensureTopics(topicSpecs(config.topics, config.noteMaxBytes)).finally(() => admin.close());
      services.push(await startService('worker', settings, join(folder, `${side}.log`), side === 'plain' ? PLAIN_WORKER : undefined));
      signal.throwIfAborted();
      lines.push(await openLine(side, config));
    }
    const failure = Promise.race([...services.map((service) => service.failure), aborted(signal)]);
    failure.catch(() => undefined);
    const all = repeated(source.texts, notes + WARM_UP_NOTES);
    const pass = async (line: Line, some: readonly BenchNote[]) => {
      const passing = line.pass(some);
      passing.catch(() => undefined);
      const took = await Promise.race([failure, passing]);
      onResults(some.length);
      return took;
    };
    for (const line of lines) await pass(line, all.slice(0, WARM_UP_NOTES));
    const seconds: Record<Side, number[]> = { transactions: [], plain: [] };
    for (let part = 0; part < PARTS; part++) {
      const some = all.slice(WARM_UP_NOTES).slice(Math.floor((part * notes) / PARTS), Math.floor(((part + 1) * notes) / PARTS));
      for (const line of part % 2 === 0 ? lines : lines.toReversed()) seconds[line.side].push(await pass(line, some));
    }
    const ratios = seconds.plain.map((plain, part) => plain / seconds.transactions[part]!);
    const [withThem, without] = [sum(seconds.transactions), sum(seconds.plain)];
    const { policy, engine, topics } = cliConfig({ ...demoEnvironment(env, stack.env) });
    done = true;
    return {
      source: source.name,
      notes,
      policy,
      precision: engine.precision,
      engineThreads: engine.threads,
      topicPartitions: topics.partitions,
      parts: PARTS,
      transactionsNotesPerSecond: notes / withThem,
      plainNotesPerSecond: notes / without,
      ratio: without / withThem,
      medianRatio: median(ratios),
      ratios,
    };
  } finally {
    await Promise.all(lines.map((line) => line.close()));
    await Promise.all(services.map((service) => service.stop()));
    await stack.stop();
    if (done || signal.aborted) rmSync(folder, { recursive: true, force: true });
  }
}

const ownNames = (side: Side): Environment => ({
  EPEE_KAFKA_GROUP: `bench-${side}`,
  EPEE_NOTES_TOPIC: `bench.${side}.notes`,
  EPEE_RESULTS_TOPIC: `bench.${side}.results`,
  EPEE_DEAD_LETTERS_TOPIC: `bench.${side}.dead-letters`,
});

/** One side: its notes topic, its worker, its results topic. */
interface Line {
  readonly side: Side;
  /** Sends notes and answers the seconds until the last result could be read. */
  pass(notes: readonly BenchNote[]): Promise<number>;
  close(): Promise<void>;
}

async function openLine(side: Side, config: CliConfig): Promise<Line> {
  const { topics, noteMaxBytes } = config;
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics });
  const producer = await createKafka(config.kafka).producer();
  const closed = new AbortController();
  const pause = () => sleep(POLL_MS, undefined, { signal: closed.signal });
  const arrived = new Set<string>();
  let progressMs = 0;
  let problem: EpeeError | null = null;
  const watch = await watchTopics(
    config,
    (arrival) => {
      if (arrival.kind === 'dead-letter') {
        problem = new EpeeError('RESULT_INCOMPLETE', `A note became a dead letter (${arrival.code}); times would mean nothing`, {
          stage: 'cli',
        });
      }
      arrived.add(arrival.documentId);
      progressMs = performance.now();
    },
    `epee.bench-${side}`,
  );
  return {
    side,
    async pass(notes) {
      const startMs = performance.now();
      progressMs = startMs;
      await publishNotes(notes, { producer, codec, topic: topics.notes, maxTextBytes: noteMaxBytes });
      await until(() => problem !== null || notes.every(({ documentId }) => arrived.has(documentId)), {
        progressMs: () => progressMs,
        pause,
      });
      if (problem !== null) throw problem;
      return (performance.now() - startMs) / 1000;
    },
    async close() {
      // Whatever still waits would keep the process alive.
      closed.abort();
      await watch.stop();
      await producer.close();
    },
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
