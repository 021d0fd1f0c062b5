import { EpeeError } from '@epee/errors';
import type { ClinicalNote } from '@epee/records';
import type { BatchJob, ChunkOutcome } from '@epee/redis';
import { BATCH_HEADER, type OutgoingRecord, POLICY_HEADER, planSends, recordBytes, sendLimitsOf } from '@epee/stream';
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

async function takeNext(job: BatchJob, { rows }: ActiveImport, deps: SendingDeps): Promise<Chunk> {
  const { options, surroundings } = deps;
  const { position, chunkRows: maxRows, source, version } = job;
  const chunk = await takeChunk(rows.from(position), position, {
    maxRows,
    maxCharacters: CHUNK_CHARACTERS,
    source,
    version,
    maxTextBytes: options.noteMaxBytes,
    refusal: (note) => refusalOf(note, job, deps),
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
  const { store, topic, partitions, maxBytes, owner } = deps;
  const next = BigInt(job.nextChunk + 1);
  const claim = { id: job.id, run: job.run, chunk: job.nextChunk, owner };
  const sends = planSends({ topic, partitions, records: recordsOf(job, chunk, deps), keylessPartition: 0 }, sendLimitsOf(maxBytes));
  const intend = () => store.intend(claim, chunk.outcome);
  if (!(await publishChunk(sends, next, { ...deps, transactions: opened.transactions, intend }))) return false;
  opened.committed = next;
  return true;
}

function recordsOf(job: BatchJob, { notes }: Chunk, deps: Pick<SendingDeps, 'codec'>): OutgoingRecord[] {
  return notes.map((note) => recordOf(note, job, deps));
}

function recordOf(note: ClinicalNote, { id, policy }: BatchJob, { codec }: Pick<SendingDeps, 'codec'>): OutgoingRecord {
  const headers = { [BATCH_HEADER]: id, ...(policy === null ? {} : { [POLICY_HEADER]: policy }) };
  return { key: note.documentId, value: codec.encodeNote(note), headers };
}

/** Bytes of a UTF-16 unit as UTF-8, at most, and of a note's other fields, more than they ever have. */
const [BYTES_OF_UNIT, FIELDS_BYTES] = [3, 256 * 1024];

/** A note that the topic would refuse is a problem of its row, not of the import. */
function refusalOf(note: ClinicalNote, job: BatchJob, deps: SendingDeps): EpeeError | null {
  const { topic, maxBytes } = deps;
  // Few notes are near the limit: the others need not be encoded to know.
  if (BYTES_OF_UNIT * note.text.length + FIELDS_BYTES <= maxBytes) return null;
  const bytes = recordBytes(recordOf(note, job, deps));
  if (bytes <= maxBytes) return null;
  return new EpeeError('RECORD_TOO_LARGE', `The note has ${bytes} bytes as a record, but topic ${topic} takes at most ${maxBytes}`, {
    stage: 'publish',
    details: { topic, bytes, maxBytes },
    hint: 'Raise max.message.bytes of the topic, or leave the note out.',
  });
}
