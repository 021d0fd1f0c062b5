import type { BatchControl, FetchedBatch, PartitionTransactions } from '@epee/kafka';
import {
  type Gate,
  gapBetween,
  nextOffset,
  type Offset,
  planSubBatches,
  type Range,
  type RecordFailure,
  resumption,
  type SubBatchLimits,
} from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { Abandoned } from './abandoned.ts';
import { type CommitDeps, commitSubBatch, openTransactions } from './commit.ts';
import { keepAlive, type Waiting } from './keep-alive.ts';
import { CLOSE_MARK_MS, HEARTBEAT_EVERY_MS, SUB_BATCH, SUB_BATCHES_AHEAD } from './limits.ts';
import { createMarking } from './marking.ts';
import type { Output } from './outputs.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** Extracts from records and makes what is to be written. Stops early when aborted. */
export type ExtractRange = (batch: FetchedBatch, range: Range, abandon: AbortSignal) => Promise<Output>;

/** What a partition's worker needs. */
export interface PartitionDeps {
  readonly transactions: PartitionTransactions;
  /** Extracts when the gate has a place. */
  readonly extract: ExtractRange;
  /** Extracts for one who has the whole gate. */
  readonly extractAlone: ExtractRange;
  readonly gate: Pick<Gate, 'enterAlone'>;
  readonly commit: Omit<CommitDeps, 'transactions' | 'waiting'>;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
  /** This process' name among the owners of marks, random. */
  readonly owner: string;
  /** Times that a process may die with a record alone in hand. */
  readonly maxCrashes: number;
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
  /** Says beside the committed offset that nothing is in hand, where that is so: the partition may go to another. Never rejects. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** A batch on its way through. */
interface Passage {
  readonly batch: FetchedBatch;
  readonly control: BatchControl;
  readonly waiting: Waiting;
  readonly commitDeps: CommitDeps;
  readonly abandon: AbortSignal;
}

/**
 * Works through one partition. The first batch of an assignment shuts out the partition's former owner, reads the committed offset and goes on there. A batch is cut
 * into sub-batches; each is extracted, then committed with its offset in one transaction, in order, while the next ones are extracted already.
 *
 * Where the former owner died at work, the records that it may have had in hand are worked on in small steps; after one more crash one at a time, with nothing else in the
 * process, until the one that ends the process has been alone with it `maxCrashes` times; it goes to the dead letters then.
 */
export function createPartitionWorker(deps: PartitionDeps): PartitionWorker {
  const { transactions } = deps;
  const marking = createMarking(deps);
  let epoch: number | null = null;
  let committed: Offset | null = null;
  /** Whether the mark on the broker is known to be an open one of ours, beside `committed`. */
  let isMarked = false;
  let isBusy = false;
  let releasing: Promise<void> | null = null;

  async function onBatch(batch: FetchedBatch, control: BatchControl): Promise<void> {
    const waiting: Waiting = { heartbeat: control.heartbeat, everyMs: HEARTBEAT_EVERY_MS, abandon: deps.abandon };
    const commitDeps: CommitDeps = { ...deps.commit, transactions, waiting };
    await releasing;
    await control.heartbeat();
    const first = epoch !== batch.epoch;
    if (first) {
      committed = await openTransactions(commitDeps);
      marking.takeOver();
      isMarked = false;
      epoch = batch.epoch;
    }
    const from = resumption(committed, batch.fetchedFrom, first ? 'seek' : 'process');
    if (from !== 'process') return control.seek(from.seekTo);
    reportGap(batch);
    const left = new AbortController();
    const abandon = AbortSignal.any([left.signal, deps.abandon]);
    try {
      await work({ batch: marking.judge(batch), control, waiting, commitDeps, abandon });
    } catch (error) {
      await release();
      // Whatever interrupted a commit, its producer is not trusted again.
      epoch = null;
      throw error;
    } finally {
      left.abort();
    }
  }

  async function work(passage: Passage): Promise<void> {
    const { records } = passage.batch;
    const { suspects } = marking.suspicion();
    if (suspects > 0 && !(await workOnSuspects(passage, suspects))) return;
    await workAhead(passage, rangesOf(records, Math.min(suspects, records.length), records.length, SUB_BATCH));
  }

  /** Works on the first `count` records in small steps, one after the other. Answers whether to go on with the batch. */
  async function workOnSuspects(passage: Passage, count: number): Promise<boolean> {
    const { batch, control, waiting, abandon } = passage;
    const { topic, partition, records } = batch;
    const { step } = marking.suspicion();
    deps.log.info('Working in small steps on records that a process had in hand when it died', { topic, partition, count, rows: step });
    const ranges = rangesOf(records, 0, Math.min(count, records.length), { ...SUB_BATCH, maxRecords: step });
    const isAlone = step === 1;
    const leave = isAlone ? await enterAlone(waiting) : () => {};
    try {
      for (const [at, range] of ranges.entries()) {
        if (deps.draining() || !control.active()) return false;
        if (!(await open(passage))) return false;
        const output = await keepAlive((isAlone ? deps.extractAlone : deps.extract)(batch, range, abandon), waiting);
        // Who leaves the gate is not alone any more.
        if (!(await commit(passage, range, output, isAlone && at === ranges.length - 1 ? 'pauses' : 'goes-on'))) return false;
      }
      return true;
    } finally {
      leave();
    }
  }

  async function workAhead(passage: Passage, ranges: readonly Range[]): Promise<void> {
    const { batch, control, waiting, abandon } = passage;
    const begun: (Promise<Output> | undefined)[] = [];
    const beginUpTo = (end: number) => {
      for (let at = begun.length; at < Math.min(end, ranges.length); at++) {
        const output = deps.extract(batch, ranges[at]!, abandon);
        output.catch(() => undefined);
        begun.push(output);
      }
    };
    for (const [at, range] of ranges.entries()) {
      if (deps.draining() || !control.active()) return;
      if (!(await open(passage))) return;
      beginUpTo(at + SUB_BATCHES_AHEAD);
      const output = await keepAlive(begun[at]!, waiting);
      begun[at] = undefined;
      if (!deps.draining()) beginUpTo(at + 1 + SUB_BATCHES_AHEAD);
      if (!(await commit(passage, range, output, 'goes-on'))) return;
    }
  }

  /** Says that work begins, where that is not said yet, before anything is decoded. Answers whether the partition is still where it was. */
  async function open({ batch, control, commitDeps }: Passage): Promise<boolean> {
    if (isMarked) return true;
    const next = committed ?? batch.fetchedFrom;
    const fate = await commitSubBatch({ sends: [], mark: marking.open(), from: committed, next }, commitDeps, () => {
      committed = next;
      isMarked = true;
    });
    if (fate === 'committed') return true;
    goTo(fate.overtakenAt, control);
    return false;
  }

  /** Answers whether the partition is still where it should be. */
  async function commit(
    { batch, control, commitDeps }: Passage,
    range: Range,
    output: Output,
    end: 'goes-on' | 'pauses',
  ): Promise<boolean> {
    const next = range.end === batch.records.length ? nextOffset(batch.lastOffset) : nextOffset(batch.records[range.end - 1]!.offset);
    const records = range.end - range.start;
    const step = { sends: output.sends, mark: marking.behind(records, end), from: committed, next };
    // Until it is known to be committed nobody knows where the partition stands, and a mark might move it back.
    isMarked = false;
    const fate = await commitSubBatch(step, commitDeps, () => {
      marking.moved(records);
      isMarked = end === 'goes-on';
      settle(batch, control, next, output);
    });
    if (fate === 'committed') return true;
    goTo(fate.overtakenAt, control);
    return false;
  }

  function goTo(offset: Offset, control: BatchControl): void {
    committed = offset;
    // Whoever moved it left a mark, which must be read.
    epoch = null;
    control.seek(offset);
  }

  async function enterAlone(waiting: Waiting): Promise<() => void> {
    const entering = deps.gate.enterAlone();
    try {
      return await keepAlive(entering, waiting);
    } catch (error) {
      void entering.then((leave) => leave());
      throw error;
    }
  }

  async function release(): Promise<void> {
    if (!isMarked || committed === null) return;
    isMarked = false;
    const closing = transactions
      .commit([], committed, marking.closed())
      .catch((error) => deps.log.debug('Could not say that nothing is in hand; the next owner starts with care', {}, error));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closing, new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MARK_MS)))]);
    clearTimeout(timer);
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
      isBusy = true;
      try {
        await onBatch(batch, control);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
      } finally {
        isBusy = false;
      }
    },
    async release() {
      if (isBusy || releasing !== null) return;
      releasing = release().finally(() => {
        // The producer may still be at it: the next batch gets a new one.
        epoch = null;
        releasing = null;
      });
      await releasing;
    },
    async close() {
      await release();
      await transactions.close();
    },
  };
}

/** Consecutive ranges of `records` that cover `[start, end)`. */
function rangesOf(records: FetchedBatch['records'], start: number, end: number, limits: SubBatchLimits): Range[] {
  const sizes = records.slice(start, end).map(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0));
  return planSubBatches(sizes, limits).map((range) => ({ start: range.start + start, end: range.end + start }));
}
