import type { BatchControl, FetchedBatch, RefusedPosition } from '@epee/kafka';
import type { Offset } from '@epee/stream';
import { Abandoned, withDeadline } from '@epee/work';
import { CLOSE_MARK_MS } from '../limits.ts';
import { workAhead } from './ahead.ts';
import { arrive, arriveOutside } from './arrival.ts';
import { createMarking } from './marking.ts';
import { passOver } from './pass-over.ts';
import type { Partition, PartitionDeps, Passage, Standing } from './passage.ts';
import { rangesOf } from './ranges.ts';
import { workOnSuspects } from './suspects.ts';

/** Handles the batches of one input partition, one at a time. */
export interface PartitionWorker {
  onBatch(batch: FetchedBatch, control: BatchControl): Promise<void>;
  /** Answers where the partition resumes whose position is outside of the log; see {@link ConsumeOptions}. */
  onOutOfRange(refused: RefusedPosition, control: Pick<BatchControl, 'heartbeat'>): Promise<Offset>;
  /** Says beside the committed offset that nothing is in flight, where that is so: the partition may go to another. Never rejects. */
  release(): Promise<void>;
  /** Only markers and aborted records were there up to `next`. */
  passed(next: Offset): void;
  /** Commits past them where the partition is idle, see {@link passOver}. Never rejects. */
  passOver(epoch: number): Promise<void>;
  /** The partition is another member's now: closes the producer as soon as nothing is in flight, and says nothing more about the partition. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Works through one partition. The first batch of an assignment shuts out the partition's former owner, reads the committed offset and resumes there. A batch is cut
 * into sub-batches; each is extracted, then committed with its offset in one transaction, in order, while the next ones are extracted already.
 *
 * Where the former owner died at work, the records that it may have had in flight are worked on in small steps. After one more crash they are worked on one at a time,
 * with nothing else in the process. A record that was alone in `maxCrashes` crashes goes to the dead letters.
 */
export function createPartitionWorker(deps: PartitionDeps): PartitionWorker {
  const standing: Standing = { epoch: null, committed: null, isMarked: false, passed: null, log: null };
  const partition: Partition = { ...deps, standing, marking: createMarking(deps) };
  let isBusy = false;
  let isLeft = false;
  /** Work beside batches: one at a time, and none while a batch is in flight. */
  let aside: Promise<void> | null = null;
  const beside = async (work: () => Promise<void>) => {
    if (isBusy || isLeft || aside !== null) return;
    aside = work().finally(() => {
      aside = null;
    });
    await aside;
  };
  const busily = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    isBusy = true;
    try {
      await aside;
      return await work();
    } catch (error) {
      // Whatever interrupted a commit, its producer is not trusted again.
      standing.epoch = null;
      if (error instanceof Abandoned) return otherwise;
      throw error;
    } finally {
      isBusy = false;
      if (isLeft) await deps.transactions.close();
    }
  };
  return {
    onBatch: (batch, control) => busily(() => handle(partition, batch, control), undefined),
    onOutOfRange: (refused, { heartbeat }) =>
      busily(() => arriveOutside(partition, refused, { heartbeat, abandon: deps.abandon }), refused.position),
    release: () =>
      beside(async () => {
        await closeMark(partition);
        // The producer may still be at it: the next batch gets a new one.
        standing.epoch = null;
      }),
    passed(next) {
      standing.passed = next;
    },
    passOver: (epoch) => beside(() => passOver(partition, epoch)),
    async leave() {
      isLeft = true;
      await aside;
      if (!isBusy) await deps.transactions.close();
    },
    async close() {
      await closeMark(partition);
      await deps.transactions.close();
    },
  };
}

/** Says that nothing is in flight, where that is not known to be said. Never rejects. */
async function closeMark({ transactions, standing, marking, log }: Partition): Promise<void> {
  if (!standing.isMarked || standing.committed === null) return;
  standing.isMarked = false;
  const closing = transactions.commit([], standing.committed, marking.closed());
  await withDeadline(closing, { afterMs: CLOSE_MARK_MS }).catch((error) =>
    log.debug('Could not say that nothing is in flight; the next owner starts with care', {}, error),
  );
}

async function handle(partition: Partition, batch: FetchedBatch, control: BatchControl): Promise<void> {
  const { marking, abandon } = partition;
  await control.heartbeat();
  const passage: Passage = { ...partition, batch, control, waiting: { heartbeat: control.heartbeat, abandon } };
  if (!(await arrive(passage))) return;
  const left = new AbortController();
  try {
    await work({ ...passage, batch: marking.judge(batch), abandon: AbortSignal.any([left.signal, abandon]) });
  } catch (error) {
    await closeMark(partition);
    throw error;
  } finally {
    left.abort();
  }
}

async function work(passage: Passage): Promise<void> {
  const { records } = passage.batch;
  const { suspects } = passage.marking.suspicion();
  if (suspects > 0 && !(await workOnSuspects(passage, suspects))) return;
  await workAhead(passage, rangesOf(passage, { start: Math.min(suspects, records.length), end: records.length }));
}
