import type { BatchControl, FetchedBatch } from '@epee/kafka';
import type { BatchStore } from '@epee/redis';
import { type FetchedRecord, nextOffset, type Offset } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { Abandoned, retry, type Surroundings } from '@epee/work';
import type { JobsMetrics } from '../jobs-metrics.ts';
import { type EntryDeps, entryOf } from './entry.ts';

/** What counting needs. */
export interface TrackerDeps extends EntryDeps {
  readonly store: Pick<BatchStore, 'count' | 'counted' | 'forgetCounted'>;
  readonly log: Logger;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}

/** A batch that is counted, and how its calls of Redis are repeated. */
interface Passage {
  readonly batch: FetchedBatch;
  readonly control: BatchControl;
  readonly insist: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Records that are counted together. */
const COUNTED_AT_A_TIME = 500;

/**
 * Makes the handler that counts the results and dead letters of imports. Redis keeps the offset
 * beside the counts and changes both at once, so that each record is counted once. Where Redis and
 * the group differ, Redis decides.
 */
export function createTracker(deps: TrackerDeps): (batch: FetchedBatch, control: BatchControl) => Promise<void> {
  const epochs = new Map<string, number>();
  return async (batch, control) => {
    const name = `${batch.topic}/${batch.partition}`;
    const passage = { batch, control, insist: insistOn(control, deps) };
    try {
      if (epochs.get(name) !== batch.epoch) {
        const seekTo = await begin(passage, deps);
        epochs.set(name, batch.epoch);
        if (seekTo !== null) return control.seek(seekTo);
      }
      await countBatch(passage, deps);
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error;
    }
  };
}

/** Where to read from in a new assignment; null: where the group is. */
async function begin({ batch, insist }: Passage, { store, log }: TrackerDeps): Promise<Offset | null> {
  const { topic, partition } = batch;
  const stored = await insist(() => store.counted(topic, partition));
  // Without an offset in Redis everything counts: imports that Redis knows have none yet.
  if (stored === null) return null;
  if (stored >= batch.highWatermark) {
    log.warn('Redis stores an offset beyond the end of the partition: the topic was made anew', { topic, partition, offset: stored });
    await insist(() => store.forgetCounted(topic, partition));
    return null;
  }
  const next = nextOffset(stored);
  return next < batch.fetchedFrom ? next : null;
}

async function countBatch(passage: Passage, deps: TrackerDeps): Promise<void> {
  const { records, lastOffset } = passage.batch;
  for (let start = 0; start < records.length; start += COUNTED_AT_A_TIME) {
    const part = records.slice(start, start + COUNTED_AT_A_TIME);
    const isLast = start + COUNTED_AT_A_TIME >= records.length;
    await countPart({ records: part, through: isLast ? lastOffset : part.at(-1)!.offset }, passage, deps);
  }
}

async function countPart(
  { records, through }: { readonly records: readonly FetchedRecord[]; readonly through: Offset },
  { batch: { topic, partition }, control, insist }: Passage,
  deps: TrackerDeps,
): Promise<void> {
  const found = await Promise.all(records.map((record) => entryOf(topic, record, deps)));
  const entries = found.filter((entry) => entry !== null);
  await insist(() => deps.store.count({ topic, partition, entries, through, nowMs: deps.surroundings.nowMs() }));
  deps.metrics.counted(entries);
  await control.commit(nextOffset(through));
  control.resolve(nextOffset(through));
  await control.heartbeat();
}

/** While Redis is away nothing can be counted; the group hears meanwhile that this member lives. */
const insistOn =
  ({ heartbeat, active }: BatchControl, { surroundings, log }: TrackerDeps): Passage['insist'] =>
  (work) =>
    retry(work, {
      surroundings,
      waiting: { heartbeat },
      active,
      onTrouble: (error, attempt) => {
        if (attempt === 1) log.warn('Cannot count results; trying again', {}, error);
      },
    });
