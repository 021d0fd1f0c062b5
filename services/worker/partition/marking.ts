import { EpeeError } from '@epee/errors';
import type { FetchedBatch, PartitionTransactions } from '@epee/kafka';
import { formatWorkMark, NO_SUSPICION, parseWorkMark, type Suspicion, suspicionAfter, suspicionBehind } from '@epee/stream';
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
  /** The text for a commit of `records` more: work continues behind it, or, at the end of a run of suspects, nothing is in flight. */
  behind(records: number, end: StepEnd): string;
  /** The text that says: nothing is in flight. */
  closed(): string;
  /** `records` more are committed. */
  moved(records: number): void;
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
  const mark = (isOpen: boolean, { suspects, step, crashes }: Suspicion) =>
    formatWorkMark({ isOpen, owner, inFlight: suspects > 0 ? step : RECORDS_IN_FLIGHT, suspects, crashes });
  return {
    takeOver: () => {
      suspicion = suspicionAfter(parseWorkMark(transactions.metadata()), owner);
    },
    suspicion: () => suspicion,
    open: () => mark(true, suspicion),
    behind: (records, end) => mark(end === 'continues', suspicionBehind(suspicion, records)),
    closed: () => mark(false, suspicion),
    moved: (records) => {
      suspicion = suspicionBehind(suspicion, records);
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
