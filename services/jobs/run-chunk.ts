import { classify, EpeeError } from '@epee/errors';
import type { Kafka } from '@epee/kafka';
import type { ChunkEnd, ChunkJob } from '@epee/queue';
import type { BatchJob, ChunkOutcome } from '@epee/redis';
import { BATCH_HEADER, type OutgoingRecord, POLICY_HEADER, planSends } from '@epee/stream';
import { type ActiveImport, createActiveImport } from './active-import.ts';
import { CHUNK_CHARACTERS, type Chunk, takeChunk } from './chunk.ts';
import type { JobsMetrics } from './jobs-metrics.ts';
import { pauseMs } from './pace.ts';
import { planFiles } from './plan.ts';
import { publishChunk } from './publish-chunk.ts';
import { standingOf } from './settle.ts';
import type { JobsDeps, JobsOptions, Surroundings } from './types.ts';

/** What running chunks needs. */
export interface ChunkDeps extends Pick<JobsDeps, 'codec' | 'store' | 'queue' | 'log'> {
  readonly kafka: Pick<Kafka, 'transactions' | 'admin'>;
  readonly options: JobsOptions;
  /** Topic of batch notes, and its partitions. */
  readonly topic: string;
  readonly partitions: number;
  /** Names this process; another one after every start. */
  readonly owner: string;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}

/** Runs chunks of imports; keeps open what the next chunk of the same import goes on with. */
export interface ChunkRunner {
  run(chunk: ChunkJob): Promise<ChunkEnd>;
  close(): Promise<void>;
}

/** Pause of an import that is far ahead of the worker. */
const AHEAD_PAUSE_MS = 1000;

/**
 * Makes the runner. Chunks of an import are run one after the other, each adds the next to the queue. A chunk may be run twice, by the same process or another: it is
 * claimed in Redis, fenced and published once in Kafka, counted once in Redis.
 */
export function createChunkRunner(deps: ChunkDeps): ChunkRunner {
  const { store, queue, options, surroundings, owner, log, metrics } = deps;
  const active = new Map<string, ActiveImport>();

  async function run(chunk: ChunkJob): Promise<ChunkEnd> {
    const begunMs = surroundings.monotonicMs();
    const job = await store.claim({ id: chunk.import, run: chunk.run, chunk: chunk.chunk, owner });
    if (job === null) return leave(chunk.import);
    if (job.totals === null) await plan(job);
    if (job.sent - job.extracted - job.deadLetters >= options.maxAheadNotes) {
      metrics.waiting();
      return { againInMs: AHEAD_PAUSE_MS };
    }
    const outcome = await step(job, await open(job));
    if (outcome === null) return leave(job.id);
    await store.advance({ id: job.id, chunk: job.nextChunk }, outcome, surroundings.nowMs());
    metrics.chunk(outcome);
    if (outcome.last) {
      log.info('An import has sent all its notes', { notes: job.sent + outcome.notes });
      await leave(job.id);
      await forgetGroup(job.id);
    } else {
      const tookMs = surroundings.monotonicMs() - begunMs;
      await queue.add({ ...chunk, chunk: chunk.chunk + 1 }, pauseMs({ notes: outcome.notes, tookMs }, job.notesPerSecond));
    }
    return 'done';
  }

  /** Null where another process has claimed the chunk. */
  async function step(job: BatchJob, opened: ActiveImport): Promise<ChunkOutcome | null> {
    const standing = standingOf(job, opened.committed, surroundings.nowMs());
    if (standing.kind === 'published' && standing.intent !== null) return standing.intent;
    const chunk = await takeChunk(opened.rowsFrom(job.position), job.position, {
      maxRows: job.chunkRows,
      maxCharacters: CHUNK_CHARACTERS,
      source: job.source,
      version: job.version,
      maxTextBytes: options.noteMaxBytes,
      nowMs: surroundings.nowMs,
    });
    opened.standsAt(chunk.outcome.position);
    if (standing.kind === 'published' || chunk.notes.length === 0) return chunk.outcome;
    const next = BigInt(job.nextChunk + 1);
    const claim = { id: job.id, run: job.run, chunk: job.nextChunk, owner };
    const intend = () => store.intend(claim, chunk.outcome);
    const sends = planSends({ topic: deps.topic, partitions: deps.partitions, records: records(job, chunk), keylessPartition: 0 });
    if (!(await publishChunk(sends, next, { transactions: opened.transactions, intend, log, surroundings }))) return null;
    opened.committed = next;
    return chunk.outcome;
  }

  function records({ id, policy }: BatchJob, { notes }: Chunk): OutgoingRecord[] {
    const headers = { [BATCH_HEADER]: id, ...(policy === null ? {} : { [POLICY_HEADER]: policy }) };
    return notes.map((note) => ({ key: note.documentId, value: deps.codec.encodeNote(note), headers }));
  }

  async function plan(job: BatchJob): Promise<void> {
    const files = await planFiles(job.paths, { folders: options.folders, csv: job.csv });
    const admin = await deps.kafka.admin();
    const ends = await admin.offsets(options.topics.results).finally(() => admin.close());
    const resultOffsets = Object.fromEntries(ends.map(({ partition, high }) => [String(partition), high.toString()]));
    await store.plan(job.id, { ...files, resultOffsets }, surroundings.nowMs());
    log.info('An import begins', { count: files.files, bytes: files.bytes });
  }

  /** What a former owner began is ended first, whoever that was. */
  async function open(job: BatchJob): Promise<ActiveImport> {
    const known = active.get(job.id);
    if (known !== undefined && job.owner === owner) return known;
    await leave(job.id);
    const group = groupOf(job.id);
    const transactions = deps.kafka.transactions({ group, topic: deps.topic, partition: 0 });
    const opened = createActiveImport(job, { transactions, committed: await transactions.open(), maxTextBytes: options.noteMaxBytes });
    active.set(job.id, opened);
    return opened;
  }

  async function leave(id: string): Promise<'done'> {
    const known = active.get(id);
    active.delete(id);
    await known?.close();
    return 'done';
  }

  const groupOf = (id: string) => `${options.consumer.group}.${id}`;

  /** The group has served its purpose; where it stays, Kafka forgets it by itself. */
  async function forgetGroup(id: string): Promise<void> {
    try {
      const admin = await deps.kafka.admin();
      await admin.deleteGroup(groupOf(id)).finally(() => admin.close());
    } catch (error) {
      log.debug('The group of an import could not be deleted', {}, error);
    }
  }

  async function fail(id: string, error: unknown): Promise<ChunkEnd> {
    const { code, message, hint } = failureOf(error);
    log.error('An import cannot go on', { code }, error);
    metrics.failed(code);
    await store.fail(id, { code, message, hint }, surroundings.nowMs());
    return 'done';
  }

  const running = new Map<string, Promise<unknown>>();
  /** Within the process too, an import has one chunk at a time: a paused and resumed one may have two in the queue. */
  async function alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    while (running.has(id)) await running.get(id)!.catch(() => undefined);
    const begun = work();
    running.set(id, begun);
    try {
      return await begun;
    } finally {
      running.delete(id);
    }
  }

  return {
    run: (chunk) =>
      alone(chunk.import, async () => {
        try {
          return await run(chunk);
        } catch (error) {
          await leave(chunk.import);
          if (!passes(error)) return fail(chunk.import, error);
          log.warn('A chunk could not be sent; trying again later', {}, error);
          throw error;
        }
      }),
    async close() {
      await Promise.all([...active.keys()].map(leave));
    },
  };
}

/** Whether time alone may cure it: broken infrastructure, and producers that shut each other out. */
const passes = (error: unknown): boolean =>
  error instanceof EpeeError && (classify(error) === 'retry' || classify(error) === 'pause' || error.code.startsWith('KAFKA_'));

function failureOf(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof EpeeError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  // Messages of other libraries may quote what they worked on.
  const kind = error instanceof Error ? error.name : typeof error;
  return { code: 'INTERNAL', message: `An unforeseen ${kind} ended the import`, hint: 'The log of the jobs service tells where it arose.' };
}
