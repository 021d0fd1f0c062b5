import type { ChunkEnd, ChunkJob } from '@epee/queue';
import type { BatchJob } from '@epee/redis';
import { demandPolicy } from '@epee/stream';
import { planFiles } from '../files/plan.ts';
import { type ActiveImports, createActiveImports, groupOf } from './active-imports.ts';
import { type Ahead, createAhead } from './ahead.ts';
import { failureOf, mayPass } from './failure.ts';
import { pauseMs } from './pace.ts';
import { sendChunk } from './send-chunk.ts';
import { createTurns } from './turns.ts';
import type { SendingDeps } from './types.ts';

/** Runs chunks of imports. Keeps open what the next chunk of the same import resumes with. */
export interface ChunkRunner {
  /** @throws EpeeError what may pass: the queue runs the chunk again later */
  run(chunk: ChunkJob): Promise<ChunkEnd>;
  /** Imports that it worked on since this was asked last. */
  begun(): readonly string[];
  /** Closes what is open of an import that Redis no longer has. */
  forget(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Pause of an import that is far ahead of the worker. */
const AHEAD_PAUSE_MS = 500;

/**
 * Makes the runner. The chunks of an import are run one after the other; each adds the next to the
 * queue. A chunk may be run twice, by the same process or another: it is claimed in Redis, fenced
 * and published once in Kafka, counted once in Redis.
 */
export function createChunkRunner(deps: SendingDeps): ChunkRunner {
  const ahead = createAhead(deps.options.maxAheadNotes, deps.surroundings.monotonicMs);
  const active = createActiveImports(deps);
  const leave = (id: string) => {
    ahead.forget(id);
    return active.leave(id);
  };
  const imports = { ...active, leave, isFarAhead: ahead.isFar };
  const inTurn = createTurns();
  let begun = new Set<string>();
  return {
    begun: () => {
      const ids = [...begun];
      begun = new Set();
      return ids;
    },
    // A paused and resumed import may have two chunks in the queue: they wait for each other here.
    run: (chunk) => {
      begun.add(chunk.import);
      return inTurn(chunk.import, () => runOrFail(chunk, imports, deps));
    },
    forget: (id) => inTurn(id, () => imports.leave(id)),
    close: imports.close,
  };
}

/** The imports that are open, and whether one is far ahead of the worker. */
type OpenImports = ActiveImports & { readonly isFarAhead: Ahead['isFar'] };

async function runOrFail(chunk: ChunkJob, imports: OpenImports, deps: SendingDeps): Promise<ChunkEnd> {
  try {
    return await runChunk(chunk, imports, deps);
  } catch (error) {
    await imports.leave(chunk.import);
    if (!mayPass(error)) return fail(chunk.import, error, deps);
    deps.log.warn('A chunk could not be sent; trying again later', {}, error);
    throw error;
  }
}

async function runChunk(chunk: ChunkJob, imports: OpenImports, deps: SendingDeps): Promise<ChunkEnd> {
  const { store, owner, metrics, surroundings } = deps;
  const begunMs = surroundings.monotonicMs();
  const job = await store.claim({ id: chunk.import, run: chunk.run, chunk: chunk.chunk, owner });
  if (job === null) return leave(chunk.import, imports);
  if (job.totals === null) await plan(job, deps);
  if (imports.isFarAhead(job)) {
    metrics.waiting();
    return { againInMs: AHEAD_PAUSE_MS };
  }
  const outcome = await sendChunk(job, await imports.open(job), deps);
  if (outcome === null) return leave(job.id, imports);
  await store.advance({ id: job.id, chunk: job.nextChunk }, outcome, surroundings.nowMs());
  metrics.chunk(outcome);
  if (outcome.last) {
    deps.log.info('An import has sent all its notes', { notes: job.sent + outcome.notes });
    await imports.leave(job.id);
    await forgetGroup(job.id, deps);
  } else {
    const tookMs = surroundings.monotonicMs() - begunMs;
    await deps.queue.add({ ...chunk, chunk: chunk.chunk + 1 }, pauseMs({ notes: outcome.notes, tookMs }, job.notesPerSecond));
  }
  return 'done';
}

async function leave(id: string, imports: OpenImports): Promise<ChunkEnd> {
  await imports.leave(id);
  return 'done';
}

/**
 * Looks at the policy and at all files before the first is read. Results of the import come after the present ends of
 * the results topic.
 */
async function plan({ id, paths, csv, policy }: BatchJob, { store, kafka, options, surroundings, log }: SendingDeps): Promise<void> {
  if (policy !== null) demandPolicy({ policy, given: 'The policy of the import', stage: 'ingest' }, options.policies.notes);
  const files = await planFiles(paths, { folders: options.folders, csv });
  const admin = await kafka.admin();
  const ends = await admin.offsets(options.topics.results).finally(() => admin.close());
  const resultOffsets = Object.fromEntries(ends.map(({ partition, high }) => [String(partition), high.toString()]));
  await store.plan(id, { ...files, resultOffsets }, surroundings.nowMs());
  log.info('An import begins', { count: files.files, bytes: files.bytes });
}

/** The group has served its purpose. Where it stays, Kafka forgets it by itself. */
async function forgetGroup(id: string, { kafka, options, log }: SendingDeps): Promise<void> {
  try {
    const admin = await kafka.admin();
    await admin.deleteGroup(groupOf(id, options)).finally(() => admin.close());
  } catch (error) {
    log.debug('The group of an import could not be deleted', {}, error);
  }
}

async function fail(id: string, error: unknown, { store, log, metrics, surroundings }: SendingDeps): Promise<ChunkEnd> {
  const failure = failureOf(error);
  log.error('An import cannot be continued', { code: failure.code }, error);
  metrics.failed(failure.code);
  await store.fail(id, failure, surroundings.nowMs());
  return 'done';
}
