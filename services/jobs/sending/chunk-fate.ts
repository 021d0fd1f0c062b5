import { EpeeError } from '@epee/errors';
import type { BatchJob } from '@epee/redis';
import type { Offset } from '@epee/stream';

/**
 * What became of a chunk in an earlier run. `fresh`: it was not published. `published`: it was, and
 * the intent is what was read of it, or null where that is not known.
 */
export type ChunkFate = { readonly kind: 'fresh' } | { readonly kind: 'published'; readonly intent: BatchJob['intent'] };

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Decides what became of the next chunk of an import in an earlier run.
 * @param committed committed offset of the import's group: the number of the first chunk that is
 * not published; null where Kafka knows none
 * @throws EpeeError JOB_OUTCOME_UNKNOWN where a transaction was begun, and Kafka has forgotten how
 * it ended
 */
export function fateOf(
  job: Pick<BatchJob, 'nextChunk' | 'intent' | 'sent' | 'startedAtMs'>,
  committed: Offset | null,
  nowMs: number,
): ChunkFate {
  const begun = job.intent !== null && job.intent.chunk === job.nextChunk;
  if (isPublished(committed, BigInt(job.nextChunk + 1))) return { kind: 'published', intent: begun ? job.intent : null };
  // Offsets of a group without members expire after days: none is an answer only before that.
  const mayHaveExpired = job.sent > 0 || nowMs - (job.startedAtMs ?? nowMs) > DAY_MS;
  if (begun && committed === null && mayHaveExpired) throw outcomeUnknown(job.nextChunk);
  return { kind: 'fresh' };
}

/** Whether the chunk before `next` was published. */
export const isPublished = (committed: Offset | null, next: Offset): boolean => committed !== null && committed >= next;

const outcomeUnknown = (chunk: number) =>
  new EpeeError(
    'JOB_OUTCOME_UNKNOWN',
    `The import was interrupted while it sent chunk ${chunk}, and Kafka no longer knows whether it was sent`,
    {
      stage: 'ingest',
      details: { chunk },
      hint: 'Kafka forgets after offsets.retention.minutes. Compare what is on the batch topic with the files, then import the rest anew.',
    },
  );
