import type { Redis } from 'ioredis';
import { connectRedis, type RedisOptions } from '../connection.ts';
import { lifeField, partitionField } from '../keys.ts';
import type { Script } from '../scripts.ts';
import { jobOf, newJob, pairs } from './job-hash.ts';
import { BATCH_JOBS_KEY, BATCH_OFFSETS_KEY, batchJobKey, batchProblemsKey } from './keys.ts';
import { ADVANCE_CHUNK, CLAIM, COUNT, ENTER_LOG, INTEND, MOVE, PROBLEMS_KEPT } from './scripts.ts';
import type { BatchCount, BatchDefinition, BatchJob, BatchState, BatchStore, ChunkClaim, ChunkOutcome } from './types.ts';

/** Imports that are kept; of more, the oldest that have ended are forgotten. */
const JOBS_KEPT = 1000;
const ENDED: readonly BatchState[] = ['done', 'cancelled', 'failed'];

/**
 * Connects to Redis and returns the batch imports there.
 * @throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED, naming host and port
 */
export async function createBatchStore(options: RedisOptions): Promise<BatchStore> {
  const redis = await connectRedis(options);
  const { run } = redis;
  return {
    create: (definition) => run((client) => create(client, definition)),
    get: (id) => run((client) => get(client, id)),
    list: (limit = JOBS_KEPT) =>
      run(async (client) => {
        const ids = await client.zrevrange(BATCH_JOBS_KEY, 0, limit - 1);
        const jobs = await Promise.all(ids.map((id) => get(client, id)));
        return jobs.filter((job) => job !== null);
      }),
    states: () =>
      run(async (client) => {
        const ids = await client.zrange(BATCH_JOBS_KEY, 0, -1);
        const states = await Promise.all(ids.map((id) => client.hget(batchJobKey(id), 'state')));
        return ids.flatMap((id, at) => (states[at] === null ? [] : [{ id, state: states[at] as BatchState }]));
      }),
    move: (id, from, to, nowMs) =>
      run(async (client) => {
        const [moved, state] = (await call(client, MOVE, [batchJobKey(id)], [to, String(nowMs), ...from])) as [number, string];
        return { moved: moved === 1, state: state === '' ? null : (state as BatchState) };
      }),
    fail: (id, failure, nowMs) =>
      run(async (client) => {
        await client.hset(batchJobKey(id), 'failure', JSON.stringify(failure));
        await call(client, MOVE, [batchJobKey(id)], ['failed', String(nowMs), 'importing']);
      }),
    plan: (id, totals, nowMs) =>
      run(async (client) => void (await client.hset(batchJobKey(id), 'totals', JSON.stringify(totals), 'startedAtMs', String(nowMs)))),
    claim: ({ id, run: runNumber, chunk, owner }) =>
      run(async (client) => {
        const fields = (await call(client, CLAIM, [batchJobKey(id)], [String(runNumber), String(chunk), owner])) as string[];
        return jobOf(pairs(fields));
      }),
    intend: ({ id, chunk, owner }: ChunkClaim, outcome: ChunkOutcome) =>
      run(async (client) => {
        const intent = JSON.stringify({ chunk, ...outcome });
        return (await call(client, INTEND, [batchJobKey(id)], [String(chunk), owner, intent])) === 1;
      }),
    advance: ({ id, chunk }, outcome, nowMs) => run((client) => advance(client, { id, chunk, outcome, nowMs })),
    count: (batch) => run((client) => count(client, batch)),
    counted: (topic, partition) =>
      run(async (client) => {
        const stored = await client.hget(BATCH_OFFSETS_KEY, partitionField({ topic, partition }));
        return stored === null ? null : BigInt(stored);
      }),
    enterLog: (topic, partition, id) =>
      run(async (client) => {
        const fields = [partitionField({ topic, partition }), lifeField({ topic, partition })];
        return (await call(client, ENTER_LOG, [BATCH_OFFSETS_KEY], [...fields, id])) === 1;
      }),
    forgetCounted: (topic, partition) =>
      run(async (client) => void (await client.hdel(BATCH_OFFSETS_KEY, partitionField({ topic, partition })))),
    problems: (id, limit = PROBLEMS_KEPT) =>
      run(async (client) => (await client.lrange(batchProblemsKey(id), 0, limit - 1)).map((problem) => JSON.parse(problem))),
    close: () => redis.close(),
  };
}

async function get(client: Redis, id: string): Promise<BatchJob | null> {
  return jobOf(await client.hgetall(batchJobKey(id)));
}

async function create(client: Redis, definition: BatchDefinition): Promise<void> {
  const { id, createdAtMs } = definition;
  // In one step: no import is ever listed without its hash.
  await client.multi().hset(batchJobKey(id), newJob(definition)).zadd(BATCH_JOBS_KEY, createdAtMs, id).exec();
  const excess = (await client.zcard(BATCH_JOBS_KEY)) - JOBS_KEPT;
  if (excess <= 0) return;
  for (const old of await client.zrange(BATCH_JOBS_KEY, 0, excess - 1)) {
    const state = await client.hget(batchJobKey(old), 'state');
    if (state !== null && !ENDED.includes(state as BatchState)) continue;
    await client.multi().del(batchJobKey(old), batchProblemsKey(old)).zrem(BATCH_JOBS_KEY, old).exec();
  }
}

interface Advance {
  readonly id: string;
  readonly chunk: number;
  readonly outcome: ChunkOutcome;
  readonly nowMs: number;
}

async function advance(client: Redis, { id, chunk, outcome, nowMs }: Advance): Promise<boolean> {
  const { notes, problems, position, last } = outcome;
  const answer = await call(
    client,
    ADVANCE_CHUNK,
    [batchJobKey(id), batchProblemsKey(id)],
    [
      String(chunk),
      String(notes),
      JSON.stringify(position),
      last ? '1' : '0',
      String(nowMs),
      String(PROBLEMS_KEPT),
      String(problems.length),
      ...problems.map((problem) => JSON.stringify(problem)),
    ],
  );
  return answer === 1;
}

async function count(client: Redis, { topic, partition, entries, through, nowMs, log }: BatchCount): Promise<boolean> {
  const jobs = [...new Set(entries.map(({ job }) => job))];
  const places = new Map(jobs.map((job, at) => [job, String(at + 2)]));
  const counted = entries.flatMap(({ offset, job, code, formerCode, rows, layersRun, layersFull }) => [
    offset.toString(),
    places.get(job)!,
    code ?? '',
    formerCode ?? '',
    String(rows),
    String(layersRun),
    String(layersFull),
  ]);
  const field = partitionField({ topic, partition });
  const head = [field, through.toString(), String(nowMs), lifeField({ topic, partition }), log ?? ''];
  return (await call(client, COUNT, [BATCH_OFFSETS_KEY, ...jobs.map(batchJobKey)], [...head, ...counted])) === 1;
}

const call = (client: Redis, { source }: Script, keys: readonly string[], values: readonly string[]): Promise<unknown> =>
  client.eval(source, keys.length, ...keys, ...values);
