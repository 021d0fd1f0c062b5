import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { topicSpecs } from '@epee/kafka';
import { chunkJobId, openChunkQueue } from '@epee/queue';
import { type BatchDefinition, type BatchJob, type BatchState, type BatchStore, createBatchStore } from '@epee/redis';
import type { RunningWorker, WorkerOptions } from '@epee/worker';
import { type LocalRedis, startRedis } from '../../../deploy/local/index.ts';
import { fakeExtractor } from '../worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene } from '../worker-support/scene.ts';
import { startTestWorker } from '../worker-support/start.ts';

const MAIN = fileURLToPath(new URL('../../../services/jobs/main.js', import.meta.url));
const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** A jobs service in a process of its own, as in production. */
export interface JobsProcess {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it logged so far. */
  log(): string;
  /** Ends it with a signal, SIGKILL where none is named, and waits. */
  kill(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Topics with random names, a Redis of its own, a folder, and jobs services and workers started on them. */
export interface JobsScene extends Scene {
  readonly redis: LocalRedis;
  readonly store: BatchStore;
  readonly folder: string;
  /** Variables for programs that work on this scene. */
  readonly env: Readonly<Record<string, string>>;
  readonly topics: WorkerOptions['topics'] & { readonly batchNotes: string };
  /** Writes a file below the folder and answers its path. */
  put(name: string, content: string | Buffer): string;
  /** With EPEE_TEST_KILL_AT a service that kills itself at that point. */
  startJobs(env?: Readonly<Record<string, string>>): JobsProcess;
  startWorker(delayMs?: number): Promise<RunningWorker>;
  /** Keeps an import and puts its first chunk into the queue, as the command line does. */
  submit(paths: readonly string[], more?: Partial<BatchDefinition>): Promise<string>;
  until(id: string, what: string, check: (job: BatchJob) => boolean, deadlineMs?: number): Promise<BatchJob>;
  untilState(id: string, state: BatchState, deadlineMs?: number): Promise<BatchJob>;
}

/** Rows of notes with ids `<prefix>-<from>` on, one a line. */
export const rowsOf = (count: number, prefix = 'doc', from = 0): string =>
  Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ id: `${prefix}-${from + at}`, text: `Note ${from + at}. No allergies.` })}\n`,
  ).join('');

/** The ids that {@link rowsOf} gives. */
export const idsOf = (count: number, prefix = 'doc', from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${from + at}`);

/** Makes the topics and starts a Redis. */
export async function openJobsScene({ partitions = 2 } = {}): Promise<JobsScene> {
  const plain = await openScene({ partitions });
  const folder = mkdtempSync(join(tmpdir(), 'epee-jobs-'));
  const redis = await startRedis({ dir: join(folder, '.redis') });
  const topics = { ...plain.options.topics, batchNotes: `${plain.options.topics.notes}-batch` };
  await plain.admin.ensureTopics(topicSpecs(topics, plain.options.noteMaxBytes));
  const options = { ...plain.options, topics };
  const redisOptions = { url: redis.url, password: null };
  const store = await createBatchStore(redisOptions);
  const queue = openChunkQueue(redisOptions);
  const processes: JobsProcess[] = [];
  const workers: RunningWorker[] = [];
  const env = {
    EPEE_KAFKA_BROKERS: process.env.EPEE_TEST_KAFKA_BROKERS!,
    EPEE_KAFKA_GROUP: options.consumer.group,
    EPEE_KAFKA_SESSION_TIMEOUT_MS: '6000',
    EPEE_NOTES_TOPIC: topics.notes,
    EPEE_BATCH_NOTES_TOPIC: topics.batchNotes,
    EPEE_RESULTS_TOPIC: topics.results,
    EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
    EPEE_TOPIC_PARTITIONS: String(partitions),
    EPEE_REDIS_URL: redis.url,
  };

  const until: JobsScene['until'] = (id, what, check, deadlineMs) =>
    eventually(
      what,
      async () => {
        // Redis may be down just now.
        const job = await store.get(id).catch(() => null);
        return job !== null && check(job) ? job : undefined;
      },
      deadlineMs,
    );

  return {
    ...plain,
    options,
    redis,
    store,
    folder,
    env,
    topics,
    put(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    startJobs(more = {}) {
      const started = startJobsProcess({ ...env, EPEE_JOBS_FOLDERS: folder, ...more });
      processes.push(started);
      return started;
    },
    async startWorker(delayMs = 0) {
      const worker = await startTestWorker({ kafka: plain.kafka, codec: plain.codec, options }, fakeExtractor({ delayMs }));
      workers.push(worker);
      return worker;
    },
    async submit(paths, more = {}) {
      const id = `batch-${randomUUID().slice(0, 8)}`;
      const csv = { delimiter: ',', columns: {} };
      const definition = { policy: null, source: 'test', version: '1', notesPerSecond: null, chunkRows: 50, csv };
      await store.create({ id, createdAtMs: Date.now(), paths, ...definition, ...more });
      await queue.add({ import: id, run: 1, chunk: 0 });
      return id;
    },
    until,
    untilState: (id, state, deadlineMs) => until(id, `${id} is ${state}`, (job) => job.state === state, deadlineMs),
    async close() {
      await Promise.all(processes.map((started) => started.kill()));
      await Promise.all(workers.map((worker) => worker.stop()));
      await queue.close();
      store.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
      await plain.admin.deleteTopics([topics.batchNotes]);
      await plain.close();
    },
  };
}

function startJobsProcess(env: Readonly<Record<string, string>>): JobsProcess {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EPEE_')));
  const child = spawn(process.execPath, [env.EPEE_TEST_KILL_AT === undefined ? MAIN : CHILD], {
    env: { ...inherited, EPEE_JOBS_PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  child.stderr.on('data', (chunk) => lines.push(String(chunk)));
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return {
    pid: child.pid!,
    ended,
    log: () => lines.join(''),
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
      return ended;
    },
  };
}

export { chunkJobId };
