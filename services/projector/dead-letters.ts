import type { KafkaProducer } from '@epee/kafka';
import { deadLetter, type FetchedRecord, type OutgoingRecord, type RecordFailure, recordBytes, type TopicPartition } from '@epee/stream';

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
 * Sends records that cannot be projected to the dead letters: their own key and value, why and where from in the headers. A value that is larger than the topic takes is
 * left out, and the message says so; it can be read at its origin.
 * @throws EpeeError KAFKA_SEND_FAILED
 */
export async function sendDeadLetters(
  failed: readonly FailedRecord[],
  origin: TopicPartition,
  { destination, producer, nowMs }: { destination: DeadLetterDestination; producer: KafkaProducer; nowMs: () => number },
): Promise<void> {
  if (failed.length === 0) return;
  const letters = failed.map(({ record, failure }) => fitting({ record, failure }, origin, destination.maxBytes, nowMs()));
  await producer.send(destination.topic, letters);
}

function fitting({ record, failure }: FailedRecord, origin: TopicPartition, maxBytes: number, timeMs: number): OutgoingRecord {
  const letter = deadLetter({ record, origin, failure, attempts: 1, timeMs });
  if (recordBytes(letter) <= maxBytes) return letter;
  const message = `Its value of ${record.value?.length ?? 0} bytes is left out, as the dead letters take ${maxBytes}; read it at its origin. ${failure.message}`;
  return deadLetter({ record: { ...record, value: null }, origin, failure: { ...failure, message }, attempts: 1, timeMs });
}
