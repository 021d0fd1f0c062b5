import {
  fittingDeadLetter,
  formerAttempts,
  type OutgoingRecord,
  type PartitionSend,
  planSends,
  resultHeaders,
  type SubBatchLimits,
  type TopicPartition,
} from '@epee/stream';
import type { Prepared } from './prepare.ts';

/** What one sub-batch writes. */
export interface Output {
  readonly sends: readonly PartitionSend[];
  readonly prepared: readonly Prepared[];
}

/** Where results and dead letters go. */
export interface Destination {
  readonly topic: string;
  readonly partitions: number;
  /** Bytes that one record may have. */
  readonly maxBytes: number;
  readonly limits: SubBatchLimits;
}

/** What outputs are made with. */
export interface OutputOptions {
  readonly origin: TopicPartition;
  readonly results: Destination;
  readonly deadLetters: Destination;
  readonly timeMs: number;
}

/** The sends of a sub-batch: each result under its document's id, each failure as a dead letter with the record's own key and value. */
export function outputOf(prepared: readonly Prepared[], { origin, results, deadLetters, timeMs }: OutputOptions): Output {
  const deadLetterOf = ({ record, failure }: Extract<Prepared, { failure: unknown }>) =>
    fittingDeadLetter(
      { record, origin, failure, attempts: formerAttempts(record) + (failure.attempts ?? 1), timeMs },
      deadLetters.maxBytes,
    );
  const done: OutgoingRecord[] = [];
  const failed: OutgoingRecord[] = [];
  for (const entry of prepared) {
    if ('failure' in entry) failed.push(deadLetterOf(entry));
    else done.push({ key: entry.result.documentId, value: entry.value, headers: resultHeaders(entry.record) });
  }
  const sendsTo = ({ topic, partitions, limits }: Destination, records: readonly OutgoingRecord[]) =>
    planSends({ topic, partitions, records, keylessPartition: origin.partition }, limits);
  return { sends: [...sendsTo(results, done), ...sendsTo(deadLetters, failed)], prepared };
}
