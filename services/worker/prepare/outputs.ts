import {
  fittingDeadLetter,
  formerAttempts,
  type OutgoingRecord,
  type PartitionSend,
  planSends,
  type RefusedRecord,
  recordBytes,
  recordFailure,
  resultHeaders,
  type SubBatchLimits,
  sendLimitsOf,
  type TopicPartition,
} from '@epee/stream';
import { type Prepared, resultTooLarge } from './prepare.ts';

/** What one sub-batch writes. */
export interface Output {
  readonly sends: readonly PartitionSend[];
  readonly prepared: readonly Prepared[];
  /** What to write in its place where a topic refused the size of one of its records; null where nothing can be left out. */
  smaller?(refused: RefusedRecord): Output | null;
}

/** Where results and dead letters go. */
export interface Destination {
  readonly topic: string;
  readonly partitions: number;
  /** Bytes that one record may have; less once the topic has refused one that has less. */
  maxBytes: number;
  limits: SubBatchLimits;
}

/** What outputs are made with. */
export interface OutputOptions {
  readonly origin: TopicPartition;
  readonly results: Destination;
  readonly deadLetters: Destination;
  readonly timeMs: number;
}

/**
 * The output of the same records after a topic refused the size of one: a result that is too large becomes a failure, a dead letter loses its value. The destination keeps
 * what was learnt.
 * @returns null where nothing can be left out
 */
function smallerOutput(prepared: readonly Prepared[], refused: RefusedRecord, options: OutputOptions): Output | null {
  const destination = [options.results, options.deadLetters].find(({ topic }) => topic === refused.topic);
  if (destination === undefined) return null;
  destination.maxBytes = Math.min(destination.maxBytes, refused.bytes - 1);
  destination.limits = sendLimitsOf(destination.maxBytes);
  const { maxBytes } = options.results;
  const fitting = prepared.map((entry): Prepared => {
    if ('failure' in entry) return entry;
    const bytes = recordBytes({ key: entry.result.documentId, value: entry.value });
    return bytes <= maxBytes ? entry : { record: entry.record, failure: recordFailure(resultTooLarge(bytes, maxBytes), 'assemble') };
  });
  const output = outputOf(fitting, options);
  const still = output.sends.some(
    ({ topic, records }) => topic === refused.topic && records.some((record) => recordBytes(record) >= refused.bytes),
  );
  return still ? null : output;
}

/** The sends of a sub-batch: each result under its document's id, each failure as a dead letter with the record's own key and value. */
export function outputOf(prepared: readonly Prepared[], options: OutputOptions): Output {
  const { origin, results, deadLetters, timeMs } = options;
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
  const sends = [...sendsTo(results, done), ...sendsTo(deadLetters, failed)];
  return { sends, prepared, smaller: (refused) => smallerOutput(prepared, refused, options) };
}
