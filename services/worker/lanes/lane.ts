import type { EpeeError } from '@epee/errors';
import type { Turn } from '@epee/model';
import type { FetchedRecord, Gate } from '@epee/stream';
import type { Prepared } from '../prepare/prepare.ts';

/** Who asks for the results of records. */
export interface Asker {
  /** Whose turn it is in the engine. */
  readonly turn: Turn;
  /** Aborted when the results are no longer wanted. */
  readonly abandon: AbortSignal;
  /** Called after each failed attempt at a record that is followed by another one. */
  onTrouble(error: EpeeError, attempts: number, retryInMs: number): void;
}

/**
 * One kind of input, from its topic to results. A member's next fetch waits for all that its last one brought: notes of an import, or images whose store does not answer,
 * would hold up all others. So each lane has a group member, and a group, of its own.
 */
export interface Lane {
  readonly topic: string;
  readonly group: string;
  /** Bounds the sub-batches in the engine. */
  readonly gate: Pick<Gate, 'run' | 'enterAlone'>;
  /**
   * Makes results of records, one entry per record, in their order.
   * @throws EpeeError what is no record's fault: infrastructure that is down (try again), or a process that must end
   */
  prepare(records: readonly FetchedRecord[], asker: Asker): Promise<Prepared[]>;
}
