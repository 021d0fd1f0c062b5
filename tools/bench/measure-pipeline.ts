import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliConfig, type Environment } from '@epee/config';
import { demoEnvironment } from '@epee/demo';
import { createKafka, topicSpecs } from '@epee/kafka';
import type { ResultJson } from '@epee/records';
import { type LocalStack, type ServiceProcess, startService, startStack } from '@epee/stack';
import { addCompute, NO_COMPUTE } from '@epee/terminal';
import { measureIngest, memoryOf } from './measure-ingest.ts';
import { processUse } from './process-use.ts';
import type { MemoryPoint, PipelineMeasurement } from './report.ts';
import type { Source } from './sources.ts';
import { extractWay, kafkaWay, repeated, type Way } from './two-ways.ts';

/** How the pipeline is measured. */
export interface PipelineOptions {
  /** Options of the services; their addresses are the measurement's own. */
  readonly env: Environment;
  readonly notes: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Is called with the number of results that have come, whichever way. */
  readonly onResults: (results: number) => void;
}

/** Parts in which both ways take turns: extract, Kafka, Kafka, extract, and so on. */
const PARTS = 4;
/** Notes that go before, both ways, and are not counted: sessions, connections and topics settle. */
const WARM_UP_NOTES = 32;

/** Results that {@link measurePipeline} counts, in all. */
export const pipelineResults = (notes: number) => 2 * (notes + WARM_UP_NOTES);

/** Sends notes through a fresh Kafka, worker, projector and Redis, and through `epee extract`'s own code, in turns. */
export async function measurePipeline(source: Source, options: PipelineOptions): Promise<PipelineMeasurement> {
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
    for (const name of ['worker', 'projector'] as const) services.push(await startService(name, settings, join(folder, `${name}.log`)));
    signal.throwIfAborted();
    const failure = Promise.race(services.map((service) => service.failure));
    const extract = await extractWay(config, signal);
    try {
      const kafka = await kafkaWay(config, failure, signal);
      try {
        const measured = await takeTurns(source, { extract, kafka }, { ...options, pids: pidsOf(stack, services) });
        const ingestMemory = await measureIngest(source, { ...options, env: settings, logFile: join(folder, 'ingest.log') });
        const { policy, engine, topics } = config;
        done = true;
        return {
          ...measured,
          ingestMemory,
          policy,
          precision: engine.precision,
          engineThreads: engine.threads,
          topicPartitions: topics.partitions,
          deadLetters: kafka.deadLetters(),
        };
      } finally {
        await kafka.close();
      }
    } finally {
      await extract.close();
    }
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await stack.stop();
    // After a failure the logs are what tells why.
    if (done || signal.aborted) rmSync(folder, { recursive: true, force: true });
  }
}

interface Ways {
  readonly extract: Way & { readonly model: { readonly layers: number } };
  readonly kafka: Way & { redisSeconds(): number };
}

type Pids = Readonly<Record<string, readonly number[]>>;

function pidsOf(stack: LocalStack, services: readonly ServiceProcess[]): Pids {
  return {
    worker: [services[0]!.pid],
    projector: [services[1]!.pid],
    kafka: stack.kafka.nodes.map((node) => node.identity().pid),
    redis: [stack.redis.identity().pid],
    'this program': [process.pid],
  };
}

type Turns = Omit<PipelineMeasurement, 'ingestMemory' | 'policy' | 'precision' | 'engineThreads' | 'topicPartitions' | 'deadLetters'>;

async function takeTurns(source: Source, { extract, kafka }: Ways, options: PipelineOptions & { readonly pids: Pids }): Promise<Turns> {
  const { pids, onResults } = options;
  const all = repeated(source.texts, options.notes + WARM_UP_NOTES);
  const notes = all.slice(WARM_UP_NOTES);
  const tell = () => onResults(1);
  await extract.run(all.slice(0, WARM_UP_NOTES), tell);
  await kafka.run(all.slice(0, WARM_UP_NOTES), tell);
  const memory = { worker: [] as MemoryPoint[], projector: [] as MemoryPoint[] };
  const remember = (part: number) => {
    for (const name of ['worker', 'projector'] as const) memory[name].push(...memoryOf(pids[name]![0]!, part));
  };
  remember(0);
  const seconds = { extract: [] as number[], kafka: [] as number[], redis: [] as number[] };
  const items = { extract: new Map<string, string>(), kafka: new Map<string, string>() };
  const cpu = new Map<string, number>();
  let compute = NO_COMPUTE;
  for (let part = 0; part < PARTS; part++) {
    const some = notes.slice(Math.floor((part * notes.length) / PARTS), Math.floor(((part + 1) * notes.length) / PARTS));
    const ways = part % 2 === 0 ? (['extract', 'kafka'] as const) : (['kafka', 'extract'] as const);
    for (const way of ways) {
      const before = useOf(pids);
      seconds[way].push(
        await { extract, kafka }[way].run(some, (result) => {
          items[way].set(result.documentId, itemsOf(result));
          if (way === 'kafka') compute = addCompute(compute, result.compute);
          tell();
        }),
      );
      addUse(cpu, { before, after: useOf(pids), way });
      if (way !== 'kafka') continue;
      seconds.redis.push(kafka.redisSeconds());
      remember((part + 1) / PARTS);
    }
  }
  const [extractSeconds, kafkaSeconds, redisSeconds] = [seconds.extract, seconds.kafka, seconds.redis].map(sum) as [number, number, number];
  return {
    source: source.name,
    notes: notes.length,
    meanCharacters: sum(notes.map(({ text }) => text.length)) / notes.length,
    parts: PARTS,
    extractSeconds,
    kafkaSeconds,
    redisSeconds,
    ratio: kafkaSeconds / extractSeconds,
    ratios: seconds.kafka.map((value, part) => value / seconds.extract[part]!),
    extractNotesPerSecond: notes.length / extractSeconds,
    kafkaNotesPerSecond: notes.length / kafkaSeconds,
    sameResults: notes.filter(({ documentId }) => items.kafka.get(documentId) === items.extract.get(documentId)).length,
    meanExitLayer: (extract.model.layers * compute.layersRun) / compute.layersFull,
    layersSaved: 1 - compute.layersRun / compute.layersFull,
    cpuSeconds: cpu.size === 0 ? null : Object.fromEntries(cpu),
    workerMemory: memory.worker,
    projectorMemory: memory.projector,
  };
}

/** What a result says, without its numbers: rounding may differ between two batches. */
function itemsOf({ sections, entities, events, relations }: ResultJson): string {
  return JSON.stringify([
    sections.map(({ label, start, end }) => [label, start, end]),
    entities.map(({ label, start, end }) => [label, start, end]),
    events.map(({ type, start, end, arguments: own }) => [type, start, end, own]),
    relations.map(({ label, headId, tailId }) => [label, headId, tailId]),
  ]);
}

type Use = ReadonlyMap<string, number> | null;

interface UseOfWay {
  readonly before: Use;
  readonly after: Use;
  readonly way: 'extract' | 'kafka';
}

/** Processor time of each program so far, seconds; null where nobody tells. */
function useOf(pids: Pids): Use {
  const uses = Object.entries(pids).map(([name, own]) => [name, own.map((pid) => processUse(pid)?.cpuSeconds)] as const);
  if (uses.some(([, own]) => own.includes(undefined))) return null;
  return new Map(uses.map(([name, own]) => [name, sum(own as number[])]));
}

function addUse(total: Map<string, number>, { before, after, way }: UseOfWay): void {
  if (before === null || after === null) return;
  for (const [name, seconds] of after) {
    const key = way === 'kafka' ? name : `extract: ${name}`;
    if (way === 'extract' && name !== 'this program') continue;
    total.set(key, (total.get(key) ?? 0) + seconds - before.get(name)!);
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
