import type { FetchedRecord } from '@epee/stream';
import type kafkajs from 'kafkajs';
import { failureOf } from '../kafkajs-fixes/batch-guard.ts';
import type { FetchedBatch } from '../types.ts';

/** The library's batch as one of ours. */
export function toBatch(batch: kafkajs.Batch, epoch: number): FetchedBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    epoch,
    // In the library's class but not in its types.
    fetchedFrom: BigInt(String((batch as unknown as { fetchedOffset: unknown }).fetchedOffset)),
    records: batch.messages.map(toRecord),
    lastOffset: BigInt(batch.lastOffset()),
    highWatermark: BigInt(batch.highWatermark),
  };
}

function toRecord(message: kafkajs.KafkaMessage): FetchedRecord {
  const failure = failureOf(message);
  return {
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
    ...(failure === undefined ? {} : { failure }),
  };
}

function toHeaders(headers: kafkajs.IHeaders | undefined): Record<string, Buffer> {
  const entries = Object.entries(headers ?? {}).flatMap(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value;
    return first === undefined || first === null ? [] : [[name, typeof first === 'string' ? Buffer.from(first) : first] as const];
  });
  return Object.fromEntries(entries);
}
