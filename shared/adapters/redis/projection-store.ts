import type { ChainableCommander, Redis } from 'ioredis';
import { connectRedis, type RedisOptions } from './connection.ts';
import { replyCode } from './errors.ts';
import { hashedId, lifeField, OFFSETS_KEY, partitionField, patientKey, resultKey, STREAM_KEY } from './keys.ts';
import { countResults, getResult, listByPatient } from './reading.ts';
import { ADVANCE, ENTER_LIFE, PROJECT, type Script } from './scripts.ts';
import type { EntryOutcome, ProjectionBatch, ProjectionEntry, ProjectionOutcome, ProjectionStore } from './types.ts';

/** How to reach Redis, and how the projection is kept. */
export interface ProjectionStoreOptions extends RedisOptions {
  /** Entries that the stream of latest results keeps, about. */
  readonly streamMaxLength: number;
  /** Wall clock for `updatedAtMs`, milliseconds since 1970 UTC. @default Date.now */
  readonly nowMs?: () => number;
}

/**
 * Connects to Redis and returns the projection there.
 *
 * A record is projected in three steps, each of which may be repeated: the document's script; the
 * patient index (keys of another hash slot, hence not in that script); the script that adds to the
 * stream and moves the partition's offset. A crash in between leaves the offset behind, and all
 * three run again.
 *
 * @throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED, naming host and port
 */
export async function createProjectionStore({
  streamMaxLength,
  nowMs = Date.now,
  ...options
}: ProjectionStoreOptions): Promise<ProjectionStore> {
  const redis = await connectRedis(options);
  return {
    project: (batch) => redis.run((client) => project(client, batch, { streamMaxLength, nowMs })),
    storedOffsets: (partitions) =>
      redis.run(async (client) => {
        if (partitions.length === 0) return [];
        const stored = await client.hmget(OFFSETS_KEY, ...partitions.map(partitionField));
        return stored.map((offset) => (offset === null ? null : BigInt(offset)));
      }),
    enterLife: (partition, id, isOther = false) =>
      redis.run(async (client) => {
        const head = [OFFSETS_KEY, partitionField(partition), lifeField(partition), id, String(nowMs()), isOther ? '1' : '0'];
        const [answer] = (await runScripts(client, ENTER_LIFE, [head])) as [string, number][];
        const [number, isNew] = answer!;
        return { number: BigInt(number), isNew: isNew === 1 };
      }),
    resetOffset: (partition, offset) =>
      redis.run(async (client) => {
        if (offset === null) await client.hdel(OFFSETS_KEY, partitionField(partition));
        else await client.hset(OFFSETS_KEY, partitionField(partition), offset.toString());
      }),
    getResult: (documentId) => redis.run((client) => getResult(client, documentId)),
    listByPatient: (patientRef, limit = 1000) => redis.run((client) => listByPatient(client, patientRef, limit)),
    count: () => redis.run(countResults),
    close: () => redis.close(),
  };
}

interface ProjectOptions {
  readonly streamMaxLength: number;
  readonly nowMs: () => number;
}

async function project(client: Redis, batch: ProjectionBatch, { streamMaxLength, nowMs }: ProjectOptions): Promise<ProjectionOutcome> {
  const field = partitionField(batch);
  const answers = (await runScripts(
    client,
    PROJECT,
    batch.entries.map((entry) => [...projectArguments(entry, field, nowMs()), String(batch.life ?? 0n)]),
  )) as [EntryOutcome, string][];
  await updatePatientIndex(client, batch.entries, answers);
  const announced = batch.entries.filter((_, at) => answers[at]![0] !== 'stale');
  const places = [batch.acknowledged?.toString() ?? '', batch.through.toString(), String(streamMaxLength)];
  const head = [OFFSETS_KEY, STREAM_KEY, field, ...places, lifeField(batch), batch.life?.toString() ?? ''];
  const tail = announced.flatMap(({ offset, documentId, version }) => [offset.toString(), documentId, version.toString()]);
  const [answer] = (await runScripts(client, ADVANCE, [[...head, ...tail]])) as [string, string][];
  const [kind, stored] = answer!;
  if (kind === 'lost') return { kind, stored: stored === '' ? null : BigInt(stored) };
  return { kind: 'moved', stored: BigInt(stored), entries: answers.map(([outcome]) => outcome) };
}

function projectArguments({ documentId, version, offset, patientRef, json }: ProjectionEntry, field: string, nowMs: number): string[] {
  const patient = patientRef === null ? '' : hashedId(patientRef);
  return [resultKey(documentId), version.toString(), field, offset.toString(), patient, json, String(nowMs)];
}

/**
 * Every record that is the document's present one is indexed, also when it was written before: the
 * step may have been missed then.
 */
async function updatePatientIndex(
  client: Redis,
  entries: readonly ProjectionEntry[],
  answers: readonly [EntryOutcome, string][],
): Promise<void> {
  const pipeline = client.pipeline();
  entries.forEach(({ patientRef, documentId, processedAtMs }, at) => {
    const [outcome, before] = answers[at]!;
    if (outcome === 'stale') return;
    const patient = patientRef === null ? '' : hashedId(patientRef);
    if (before !== '' && before !== patient) pipeline.zrem(patientKey(before), documentId);
    if (patient !== '') pipeline.zadd(patientKey(patient), processedAtMs, documentId);
  });
  if (pipeline.length > 0) await execute(pipeline);
}

/**
 * Runs a script once for each list of arguments, in one round trip; loads it where Redis does not
 * know it (yet, or since a restart).
 */
async function runScripts(client: Redis, { source, sha1, keys }: Script, argumentLists: readonly string[][]): Promise<unknown[]> {
  if (argumentLists.length === 0) return [];
  const call = () => {
    const pipeline = client.pipeline();
    for (const list of argumentLists) pipeline.evalsha(sha1, keys, ...list);
    return execute(pipeline);
  };
  try {
    return await call();
  } catch (error) {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    await client.script('LOAD', source);
    return call();
  }
}

async function execute(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
