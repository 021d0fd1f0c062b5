import type { Codec } from '@epee/avro';
import type { EpeeError } from '@epee/errors';
import type { BatchControl, FetchedBatch } from '@epee/kafka';
import type { ProjectionStore } from '@epee/redis';
import { nextOffset, type Offset, planSubBatches, type Range, type TopicPartition } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import type { FailedRecord } from './dead-letters.ts';
import { Abandoned, persist } from './persist.ts';
import type { ProjectorMetrics } from './projector-metrics.ts';
import { type ReadRecords, readRecords } from './read-records.ts';
import { isBehind, isForeign, rewindTo } from './standing.ts';
import type { Surroundings } from './types.ts';

/** Records that are projected together: one round trip to Redis for each step, and little to repeat after trouble. */
const SUB_BATCH = Object.freeze({ maxRecords: 500, maxBytes: 2 * 1024 * 1024 });

/** What a partition's projector needs. */
export interface PartitionDeps {
  readonly store: Pick<ProjectionStore, 'project' | 'storedOffsets' | 'resetOffset'>;
  readonly codec: Pick<Codec, 'decodeResult'>;
  sendDeadLetters(failed: readonly FailedRecord[], origin: TopicPartition): Promise<void>;
  /** First offset that the broker still has. */
  lowOffset(partition: number): Promise<Offset>;
  readonly metrics: ProjectorMetrics;
  readonly log: Logger;
  readonly surroundings: Surroundings;
}

/** What a partition's projector knows in an assignment: nothing yet, that a batch is in hand, or the offset that Redis has acknowledged. */
export type Knowledge =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'acknowledged'; readonly offset: Offset | null };

/** Projects one partition of the results topic, one batch at a time. */
export interface PartitionProjector {
  onBatch(batch: FetchedBatch, control: BatchControl): Promise<void>;
  knowledge(epoch: number): Knowledge;
  /**
   * Takes over what was read from Redis for an idle partition.
   * @param committed the group's offset: what lies before was handled once. Null: none, or what was known of it stays
   */
  adopt(epoch: number, stored: Offset | null, committed: Offset | null): void;
  /** What it waits for. */
  trouble(): EpeeError | null;
}

/**
 * The first batch of an assignment reads the offset that Redis stores beside the data. Where that is behind the group's, the partition is read again from there: Redis
 * lost writes that it had acknowledged (a failover, a flush). The group's offset is committed only after Redis has acknowledged, and never moves back.
 */
export function createPartitionProjector(of: TopicPartition, deps: PartitionDeps): PartitionProjector {
  const { store, metrics, log, surroundings } = deps;
  let epoch: number | null = null;
  let acknowledged: Offset | null = null;
  /** Everything before was handled once: no dead letters again, and no commit. */
  let handled: Offset | null = null;
  let busy = false;
  let trouble: EpeeError | null = null;

  async function onBatch(batch: FetchedBatch, control: BatchControl): Promise<void> {
    await control.heartbeat();
    const patiently = patienceOf(control);
    if (epoch !== batch.epoch) await begin(batch, patiently);
    handled ??= batch.fetchedFrom;
    if (isForeign(acknowledged, batch.highWatermark)) await forget(patiently);
    if (isBehind({ stored: acknowledged, next: batch.fetchedFrom }) && (await goBack(batch.fetchedFrom, control, patiently))) return;
    const ranges = planSubBatches(
      batch.records.map(({ value }) => value?.length ?? 0),
      SUB_BATCH,
    );
    for (const range of ranges) {
      if (!control.active()) return;
      if (!(await projectRange(batch, range, control, patiently))) return;
    }
  }

  async function begin(batch: FetchedBatch, patiently: Patiently): Promise<void> {
    const [stored = null] = await patiently(() => store.storedOffsets([of]));
    acknowledged = stored;
    handled = batch.fetchedFrom;
    epoch = batch.epoch;
  }

  async function forget(patiently: Patiently): Promise<void> {
    log.warn('Redis stores an offset beyond the end of the partition: the topic was made anew', { ...of, offset: acknowledged! });
    await patiently(() => store.resetOffset(of, null));
    acknowledged = null;
  }

  /** Whether the partition was moved back. */
  async function goBack(next: Offset, control: BatchControl, patiently: Patiently): Promise<boolean> {
    const low = await patiently(() => deps.lowOffset(of.partition));
    const target = rewindTo({ stored: acknowledged, next }, low);
    if (target === null) return false;
    metrics.rewind(of);
    log.warn('Redis lacks records that were projected before; reading them again', { ...of, offset: target });
    control.seek(target);
    return true;
  }

  /** Whether to go on with the batch. */
  async function projectRange(batch: FetchedBatch, range: Range, control: BatchControl, patiently: Patiently): Promise<boolean> {
    const records = batch.records.slice(range.start, range.end);
    const through = range.end === batch.records.length ? batch.lastOffset : records.at(-1)!.offset;
    const read = await patiently(() => readRecords(records, deps.codec));
    await bury(read, patiently);
    const startedMs = surroundings.monotonicMs();
    const outcome = await patiently(() => store.project({ ...of, entries: read.entries, acknowledged, through }));
    metrics.redis((surroundings.monotonicMs() - startedMs) / 1000);
    if (outcome.kind === 'lost') {
      acknowledged = outcome.stored;
      // Without anything to go back to, the next batch starts from what is stored now.
      if (!(await goBack(records[0]!.offset, control, patiently))) control.seek(records[0]!.offset);
      return false;
    }
    acknowledged = outcome.stored;
    metrics.entries(outcome.entries);
    const next = nextOffset(through);
    if (next > handled!) {
      await control.commit(next);
      handled = next;
    }
    control.resolve(next);
    metrics.lag(of, batch.highWatermark > next ? batch.highWatermark - next : 0n);
    return true;
  }

  async function bury({ failures }: ReadRecords, patiently: Patiently): Promise<void> {
    const unreported = failures.filter(({ record }) => record.offset >= handled!);
    await patiently(() => deps.sendDeadLetters(unreported, of));
    for (const { record, failure } of unreported) {
      metrics.deadLetter(failure);
      log.warn('A record went to the dead letters', { ...of, offset: record.offset, code: failure.code, stage: failure.stage });
    }
  }

  function patienceOf(control: BatchControl): Patiently {
    return (work) =>
      persist(work, {
        heartbeat: control.heartbeat,
        active: control.active,
        sleep: surroundings.sleep,
        random: surroundings.random,
        onTrouble: (error, attempt, retryInMs) => {
          trouble = error;
          metrics.paused(of, true);
          if (attempt === 1) log.warn('Waiting', { ...of, code: error.code, retryInMs }, error);
        },
        onRecovery: () => {
          trouble = null;
          metrics.paused(of, false);
          log.info('Going on', { ...of });
        },
      });
  }

  return {
    async onBatch(batch, control) {
      busy = true;
      try {
        await onBatch(batch, control);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
      } finally {
        busy = false;
        trouble = null;
        metrics.paused(of, false);
      }
    },
    knowledge(current) {
      if (busy) return { kind: 'busy' };
      return epoch === current ? { kind: 'acknowledged', offset: acknowledged } : { kind: 'nothing' };
    },
    adopt(current, stored, committed) {
      if (epoch !== current) handled = null;
      epoch = current;
      acknowledged = stored;
      handled = committed ?? handled;
    },
    trouble: () => trouble,
  };
}

type Patiently = <T>(work: () => Promise<T>) => Promise<T>;
