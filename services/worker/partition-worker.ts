import type { BatchControl, FetchedBatch, PartitionTransactions } from '@epee/kafka';
import { gapBetween, nextOffset, type Offset, planSubBatches, type Range, type RecordFailure, resumption } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { Abandoned } from './abandoned.ts';
import { type CommitDeps, commitSubBatch, openTransactions } from './commit.ts';
import { keepAlive, type Waiting } from './keep-alive.ts';
import { HEARTBEAT_EVERY_MS, SUB_BATCH, SUB_BATCHES_AHEAD } from './limits.ts';
import type { Output } from './outputs.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** What a partition's worker needs. */
export interface PartitionDeps {
  readonly transactions: PartitionTransactions;
  /** Extracts from records and makes what is to be written. Stops early when aborted. */
  extract(batch: FetchedBatch, range: Range, abandon: AbortSignal): Promise<Output>;
  readonly commit: Omit<CommitDeps, 'transactions' | 'waiting'>;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
  /** Work in hand moved on. */
  progress(): void;
  /** Aborted when the worker gives up the work in hand. */
  readonly abandon: AbortSignal;
  /** Whether the worker takes no further sub-batches. */
  draining(): boolean;
}

/** Handles the batches of one input partition, one at a time. */
export interface PartitionWorker {
  onBatch(batch: FetchedBatch, control: BatchControl): Promise<void>;
  close(): Promise<void>;
}

/**
 * Works through one partition. The first batch of an assignment shuts out the partition's former owner, reads the committed offset and goes on there. A batch is cut
 * into sub-batches; each is extracted, then committed with its offset in one transaction, in order, while the next ones are extracted already.
 */
export function createPartitionWorker(deps: PartitionDeps): PartitionWorker {
  let epoch: number | null = null;
  let committed: Offset | null = null;

  async function onBatch(batch: FetchedBatch, control: BatchControl): Promise<void> {
    const waiting: Waiting = { heartbeat: control.heartbeat, everyMs: HEARTBEAT_EVERY_MS, abandon: deps.abandon };
    const commitDeps: CommitDeps = { ...deps.commit, transactions: deps.transactions, waiting };
    await control.heartbeat();
    const first = epoch !== batch.epoch;
    if (first) {
      committed = await openTransactions(commitDeps);
      epoch = batch.epoch;
    }
    const from = resumption(committed, batch.fetchedFrom, first ? 'seek' : 'process');
    if (from !== 'process') return control.seek(from.seekTo);
    reportGap(batch);
    try {
      await work(batch, control, waiting, commitDeps);
    } catch (error) {
      // Whatever interrupted a commit, its producer is not trusted again.
      epoch = null;
      throw error;
    }
  }

  async function work(batch: FetchedBatch, control: BatchControl, waiting: Waiting, commitDeps: CommitDeps): Promise<void> {
    const ranges = planSubBatches(
      batch.records.map(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0)),
      SUB_BATCH,
    );
    const left = new AbortController();
    const abandon = AbortSignal.any([left.signal, deps.abandon]);
    const begun: (Promise<Output> | undefined)[] = [];
    const beginUpTo = (end: number) => {
      for (let at = begun.length; at < Math.min(end, ranges.length); at++) {
        const output = deps.extract(batch, ranges[at]!, abandon);
        output.catch(() => undefined);
        begun.push(output);
      }
    };
    try {
      for (const [at, range] of ranges.entries()) {
        if (deps.draining() || !control.active()) return;
        beginUpTo(at + SUB_BATCHES_AHEAD);
        const output = await keepAlive(begun[at]!, waiting);
        begun[at] = undefined;
        if (!deps.draining()) beginUpTo(at + 1 + SUB_BATCHES_AHEAD);
        const next = range.end === batch.records.length ? nextOffset(batch.lastOffset) : nextOffset(batch.records[range.end - 1]!.offset);
        const fate = await commitSubBatch({ output, from: committed, next }, commitDeps, () => settle(batch, control, next, output));
        if (fate !== 'committed') {
          committed = fate.overtakenAt;
          return control.seek(committed);
        }
      }
    } finally {
      left.abort();
    }
  }

  function settle(batch: FetchedBatch, control: BatchControl, next: Offset, { prepared }: Output): void {
    committed = next;
    control.resolve(next);
    deps.progress();
    for (const entry of prepared) {
      if ('result' in entry) deps.metrics.result(entry.result);
      else reportDeadLetter(batch, entry.record.offset, entry.failure);
    }
    deps.metrics.lag(batch, batch.highWatermark > next ? batch.highWatermark - next : 0n);
  }

  function reportDeadLetter({ topic, partition }: FetchedBatch, offset: Offset, failure: RecordFailure): void {
    deps.metrics.deadLetter(failure);
    deps.log.warn('A record went to the dead letters', { topic, partition, offset, code: failure.code, stage: failure.stage });
  }

  function reportGap(batch: FetchedBatch): void {
    const skipped = committed === null ? 0n : gapBetween(committed, batch.records[0]!.offset);
    if (skipped === 0n) return;
    deps.metrics.gap(batch, skipped);
    const { topic, partition } = batch;
    deps.log.warn('Offsets were skipped: markers, or records that the broker no longer has', { topic, partition, count: skipped });
  }

  return {
    async onBatch(batch, control) {
      try {
        await onBatch(batch, control);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
      }
    },
    close: () => deps.transactions.close(),
  };
}
