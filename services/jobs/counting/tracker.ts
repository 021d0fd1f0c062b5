import type { BatchControl, ConsumeOptions, FetchedBatch, RefusedPosition } from '@epee/kafka';
import type { BatchStore } from '@epee/redis';
import { type FetchedRecord, LOG_CHANGES, type LogFate, nextOffset, type Offset, type TopicPartition } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { Abandoned, retry, type Surroundings } from '@epee/work';
import type { JobsMetrics } from '../jobs-metrics.ts';
import { type EntryDeps, entryOf } from './entry.ts';

/** What counting needs. */
export interface TrackerDeps extends EntryDeps {
  readonly store: Pick<BatchStore, 'count' | 'counted' | 'enterLog' | 'forgetCounted'>;
  readonly log: Logger;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}

/** How calls of Redis are repeated. */
type Insist = <T>(work: () => Promise<T>) => Promise<T>;

/** A batch that is counted. */
interface Passage {
  readonly batch: FetchedBatch;
  readonly control: BatchControl;
  readonly insist: Insist;
}

/** Handlers of the results and dead letters of imports. */
export type Tracker = Required<Pick<ConsumeOptions, 'onBatch' | 'onOutOfRange'>>;

/** Records that are counted together. */
const COUNTED_AT_A_TIME = 500;

/**
 * Makes the handlers that count the results and dead letters of imports. Redis keeps the offset, and
 * which log it is a place in, beside the counts and changes all at once, so that each record is
 * counted once. Where Redis and the group differ, Redis decides.
 */
export function createTracker(deps: TrackerDeps): Tracker {
  /** Assignment and log in which a partition was last begun. */
  const begun = new Map<string, string>();
  return {
    async onBatch(batch, control) {
      const name = nameOf(batch);
      const place = `${batch.epoch} ${batch.log.id}`;
      const passage = { batch, control, insist: insistOn(control, deps) };
      try {
        if (begun.get(name) !== place) {
          const seekTo = await begin(passage, deps);
          begun.set(name, place);
          if (seekTo !== null) return control.seek(seekTo);
        }
        if (await countBatch(passage, deps)) return;
        // Another process has begun to count another log of that name.
        begun.delete(name);
        control.seek(batch.fetchedFrom);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
      }
    },
    async onOutOfRange(refused, control) {
      await skipLost(refused, insistOn(control, deps), deps);
      begun.delete(nameOf(refused));
      return refused.log.start;
    },
  };
}

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;

/** Where to read from in a new assignment or another log; null: where the batch begins. */
async function begin({ batch, insist }: Passage, deps: TrackerDeps): Promise<Offset | null> {
  const { topic, partition, log, fetchedFrom, highWatermark } = batch;
  const { store } = deps;
  const before = (offset: Offset) => (offset < fetchedFrom ? offset : null);
  if (await enter(batch, insist, deps)) return before(log.start);
  const stored = await insist(() => store.counted(topic, partition));
  // Without an offset in Redis everything counts: imports that Redis knows have none yet.
  if (stored === null) return null;
  if (stored >= highWatermark) {
    await insist(() => store.forgetCounted(topic, partition));
    report({ change: 'beyond', resumeAt: log.start, lost: 0n }, batch, deps);
    return before(log.start);
  }
  const next = nextOffset(stored);
  return before(next > log.start ? next : log.start);
}

/** Whether it is another log than the one that was counted before. */
async function enter(of: Pick<FetchedBatch, 'topic' | 'partition' | 'log'>, insist: Insist, deps: TrackerDeps): Promise<boolean> {
  const { topic, partition } = of;
  const { id, start } = of.log;
  if (id === null || !(await insist(() => deps.store.enterLog(topic, partition, id)))) return false;
  report({ change: 'anew', resumeAt: start, lost: start }, of, deps);
  return true;
}

/** Reports records that were deleted before they were counted, and moves the stored offset past them: they are reported once. */
async function skipLost(refused: RefusedPosition, insist: Insist, deps: TrackerDeps): Promise<void> {
  const { topic, partition, position } = refused;
  const { start, id: log } = refused.log;
  if (await enter(refused, insist, deps)) return;
  const stored = await insist(() => deps.store.counted(topic, partition));
  const next = stored === null || stored < position ? position : nextOffset(stored);
  if (next >= start) return;
  await insist(() => deps.store.count({ topic, partition, entries: [], through: start - 1n, nowMs: deps.surroundings.nowMs(), log }));
  report({ change: 'cut', resumeAt: start, lost: start - next }, refused, deps);
}

function report(fate: LogFate, { topic, partition }: TopicPartition, { metrics, log }: TrackerDeps): void {
  metrics.logChanged({ topic, partition }, fate);
  log.error(LOG_CHANGES[fate.change], {
    topic,
    partition,
    code: 'KAFKA_LOG_CHANGED',
    action: fate.change,
    offset: fate.resumeAt,
    count: fate.lost,
  });
}

/** Whether it was counted. */
async function countBatch(passage: Passage, deps: TrackerDeps): Promise<boolean> {
  const { records, lastOffset } = passage.batch;
  for (let start = 0; start < records.length; start += COUNTED_AT_A_TIME) {
    const part = records.slice(start, start + COUNTED_AT_A_TIME);
    const isLast = start + COUNTED_AT_A_TIME >= records.length;
    if (!(await countPart({ records: part, through: isLast ? lastOffset : part.at(-1)!.offset }, passage, deps))) return false;
  }
  return true;
}

async function countPart(
  { records, through }: { readonly records: readonly FetchedRecord[]; readonly through: Offset },
  { batch: { topic, partition, log }, control, insist }: Passage,
  deps: TrackerDeps,
): Promise<boolean> {
  const found = await Promise.all(records.map((record) => entryOf(topic, record, deps)));
  const entries = found.filter((entry) => entry !== null);
  const nowMs = deps.surroundings.nowMs();
  if (!(await insist(() => deps.store.count({ topic, partition, entries, through, nowMs, log: log.id })))) return false;
  deps.metrics.counted(entries);
  await control.commit(nextOffset(through));
  control.resolve(nextOffset(through));
  await control.heartbeat();
  return true;
}

/** While Redis is away nothing can be counted; the group hears meanwhile that this member lives. */
const insistOn =
  (
    { heartbeat, active }: Pick<BatchControl, 'heartbeat'> & Partial<Pick<BatchControl, 'active'>>,
    { surroundings, log }: TrackerDeps,
  ): Insist =>
  (work) =>
    retry(work, {
      surroundings,
      waiting: { heartbeat },
      ...(active === undefined ? {} : { active }),
      onTrouble: (error, attempt) => {
        if (attempt === 1) log.warn('Cannot count results; trying again', {}, error);
      },
    });
