import type { BatchJob, ChunkOutcome } from '@epee/redis';
import { BATCH_HEADER, type OutgoingRecord, POLICY_HEADER, planSends } from '@epee/stream';
import type { ActiveImport } from './active-imports.ts';
import { CHUNK_CHARACTERS, type Chunk, takeChunk } from './chunk.ts';
import { fateOf } from './chunk-fate.ts';
import { publishChunk } from './publish-chunk.ts';
import type { SendingDeps } from './types.ts';

/**
 * Reads the next chunk of an import and publishes it, unless an earlier run did so.
 * @returns what came of reading it; null where another process has claimed the chunk
 * @throws EpeeError JOB_OUTCOME_UNKNOWN, JOB_INPUT_INVALID and those of {@link publishChunk}
 */
export async function sendChunk(job: BatchJob, opened: ActiveImport, deps: SendingDeps): Promise<ChunkOutcome | null> {
  const fate = fateOf(job, opened.committed, deps.surroundings.nowMs());
  if (fate.kind === 'published' && fate.intent !== null) return fate.intent;
  const chunk = await takeNext(job, opened, deps);
  if (fate.kind === 'published' || chunk.notes.length === 0) return chunk.outcome;
  return (await publish(chunk, { job, opened, deps })) ? chunk.outcome : null;
}

async function takeNext(job: BatchJob, { rows }: ActiveImport, { options, surroundings }: SendingDeps): Promise<Chunk> {
  const { position, chunkRows: maxRows, source, version } = job;
  const chunk = await takeChunk(rows.from(position), position, {
    maxRows,
    maxCharacters: CHUNK_CHARACTERS,
    source,
    version,
    maxTextBytes: options.noteMaxBytes,
    nowMs: surroundings.nowMs,
  });
  rows.reached(chunk.outcome.position);
  return chunk;
}

/** Whether the chunk is published. False: another process has claimed it. */
async function publish(
  chunk: Chunk,
  { job, opened, deps }: { readonly job: BatchJob; readonly opened: ActiveImport; readonly deps: SendingDeps },
): Promise<boolean> {
  const { store, topic, partitions, owner } = deps;
  const next = BigInt(job.nextChunk + 1);
  const claim = { id: job.id, run: job.run, chunk: job.nextChunk, owner };
  const sends = planSends({ topic, partitions, records: recordsOf(job, chunk, deps), keylessPartition: 0 });
  const intend = () => store.intend(claim, chunk.outcome);
  if (!(await publishChunk(sends, next, { ...deps, transactions: opened.transactions, intend }))) return false;
  opened.committed = next;
  return true;
}

function recordsOf({ id, policy }: BatchJob, { notes }: Chunk, { codec }: Pick<SendingDeps, 'codec'>): OutgoingRecord[] {
  const headers = { [BATCH_HEADER]: id, ...(policy === null ? {} : { [POLICY_HEADER]: policy }) };
  return notes.map((note) => ({ key: note.documentId, value: codec.encodeNote(note), headers }));
}
