import { type FetchedRecord, leaderEpoch } from '@epee/stream';
import type kafkajs from 'kafkajs';
import { failureOf } from '../kafkajs-fixes/batch-guard.ts';
import { logOf } from '../kafkajs-fixes/fetched-log.ts';
import type { FetchedBatch, FetchedLog } from '../types.ts';

/** In the library's classes but not in its types. */
interface Hidden {
  readonly fetchedOffset: unknown;
  /** All that the fetch brought, markers included. */
  readonly rawMessages: readonly kafkajs.KafkaMessage[];
}

const UNKNOWN_LOG: FetchedLog = { id: null, start: 0n, endOfEpoch: async () => null };

/** The library's batch as one of ours. */
export function toBatch(batch: kafkajs.Batch, epoch: number): FetchedBatch {
  const { fetchedOffset, rawMessages } = batch as unknown as Hidden;
  const last = rawMessages.at(-1);
  return {
    topic: batch.topic,
    partition: batch.partition,
    epoch,
    fetchedFrom: BigInt(String(fetchedOffset)),
    records: batch.messages.map(toRecord),
    lastOffset: BigInt(batch.lastOffset()),
    highWatermark: BigInt(batch.highWatermark),
    lastEpoch: last === undefined ? null : epochOf(last),
    log: logOf(rawMessages) ?? UNKNOWN_LOG,
  };
}

const epochOf = (message: object): number | null =>
  leaderEpoch((message as { readonly batchContext?: { readonly partitionLeaderEpoch?: number } }).batchContext?.partitionLeaderEpoch);

function toRecord(message: kafkajs.KafkaMessage): FetchedRecord {
  const failure = failureOf(message);
  return {
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
    leaderEpoch: epochOf(message),
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
