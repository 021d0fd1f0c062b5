import { EpeeError } from '@epee/errors';
import type { FetchedBatch, PartitionTransactions } from '@epee/kafka';
import {
  formatWorkMark,
  type LogFate,
  type LogLife,
  NO_SUSPICION,
  parseWorkMark,
  type Suspicion,
  splitLife,
  suspicionAfter,
  suspicionBehind,
  withLife,
} from '@epee/stream';
import { RECORDS_IN_FLIGHT } from '../limits.ts';

/** What comes after a step: work behind it, or nothing for now. */
export type StepEnd = 'continues' | 'pauses';

/**
 * The counter of crashes of one partition. It lives beside the committed offset on the broker, so it survives the process and its machine, and costs one transaction per
 * assignment: every other mark travels with a commit that is made anyway.
 */
export interface Marking {
  /** Reads what the partition's former owner left, after `transactions.open`. */
  takeOver(): void;
  /** What is suspected of the records behind the committed offset. */
  suspicion(): Suspicion;
  /** The text that says: work has begun behind the offset. */
  open(): string;
  /**
   * The text for a commit of `records` more: work continues behind it, or, at the end of a run of suspects, nothing is in flight.
   * @param epoch leader epoch of the last of them
   */
  behind(records: number, end: StepEnd, epoch: number | null): string;
  /** The text that says: nothing is in flight. */
  closed(): string;
  /** `records` more are committed, the last one of leader epoch `epoch`. */
  moved(records: number, epoch: number | null): void;
  /** Which log the committed offset is a place in; null where that is not known. */
  life(): LogLife | null;
  /** The committed offset is a place in this log. */
  live(life: LogLife): void;
  /** The partition resumes elsewhere, as its log has changed: records behind the former offset are no suspects any more. @param id of the log */
  leave(fate: LogFate, id: string | null): void;
  /** The batch, its first record condemned where it has ended the process too often. */
  judge(batch: FetchedBatch): FetchedBatch;
}

/** What {@link createMarking} needs. */
export interface MarkingOptions {
  readonly transactions: Pick<PartitionTransactions, 'metadata'>;
  /** This process' name among the owners of marks. */
  readonly owner: string;
  readonly maxCrashes: number;
}

/** See {@link Marking}. */
export function createMarking({ transactions, owner, maxCrashes }: MarkingOptions): Marking {
  let suspicion: Suspicion = NO_SUSPICION;
  let life: LogLife | null = null;
  const lifeAt = (epoch: number | null) => (life === null ? null : { id: life.id, epoch });
  const mark = (isOpen: boolean, { suspects, step, crashes }: Suspicion, at: LogLife | null) =>
    withLife(formatWorkMark({ isOpen, owner, inFlight: suspects > 0 ? step : RECORDS_IN_FLIGHT, suspects, crashes }), at);
  return {
    takeOver: () => {
      const beside = splitLife(transactions.metadata());
      suspicion = suspicionAfter(parseWorkMark(beside.text), owner);
      life = beside.life;
    },
    suspicion: () => suspicion,
    open: () => mark(true, suspicion, life),
    behind: (records, end, epoch) => mark(end === 'continues', suspicionBehind(suspicion, records), lifeAt(epoch)),
    closed: () => mark(false, suspicion, life),
    moved: (records, epoch) => {
      suspicion = suspicionBehind(suspicion, records);
      life = lifeAt(epoch);
    },
    life: () => life,
    live: (known) => {
      life = known;
    },
    leave: ({ change, lost }, id) => {
      suspicion = change === 'cut' ? suspicionBehind(suspicion, Number(lost)) : NO_SUSPICION;
      life = id === null ? null : { id, epoch: change === 'truncated' ? (life?.epoch ?? null) : null };
    },
    judge(batch) {
      const [first, ...rest] = batch.records;
      if (first === undefined || suspicion.crashes < maxCrashes) return batch;
      const { code, stage, message } = crashes(suspicion.crashes, maxCrashes);
      return { ...batch, records: [{ ...first, failure: { code, stage, message, attempts: suspicion.crashes } }, ...rest] };
    },
  };
}

const crashes = (times: number, limit: number) =>
  new EpeeError(
    'RECORD_CRASHES_WORKER',
    `The worker died ${times} times with this record alone in flight; EPEE_RECORD_MAX_CRASHES is ${limit}`,
    {
      stage: 'decode',
    },
  );
