import type { KafkaProducer } from '@epee/kafka';
import { type FetchedRecord, fittingDeadLetter, type RecordFailure, type TopicPartition } from '@epee/stream';

/** Where dead letters go. */
export interface DeadLetterDestination {
  readonly topic: string;
  /** Bytes that one record may have there. */
  readonly maxBytes: number;
}

/** What a dead letter of the projector is made from. */
export interface FailedRecord {
  readonly record: FetchedRecord;
  readonly failure: RecordFailure;
}

/**
 * Sends records that cannot be projected to the dead letters: their own key and value, with the
 * reason and the origin in the headers. A value that is larger than the topic takes is left out,
 * and the message says so; it can be read at its origin.
 * @throws EpeeError KAFKA_SEND_FAILED
 */
export async function sendDeadLetters(
  failed: readonly FailedRecord[],
  origin: TopicPartition,
  { destination, producer, nowMs }: { destination: DeadLetterDestination; producer: KafkaProducer; nowMs: () => number },
): Promise<void> {
  if (failed.length === 0) return;
  const deadLetters = failed.map(({ record, failure }) =>
    fittingDeadLetter({ record, origin, failure, attempts: failure.attempts ?? 1, timeMs: nowMs() }, destination.maxBytes),
  );
  await producer.send(destination.topic, deadLetters);
}
