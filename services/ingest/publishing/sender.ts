import type { InputRecord } from '@epee/avro';
import { PUBLISH_LIMITS } from '@epee/stream';
import type { Publish } from '../types.ts';

/** Publishes a request's records in batches, several at a time. */
export interface Sender {
  /** Adds a record; waits while too many bytes are in flight. @throws what `publish` threw */
  add(record: InputRecord): Promise<void>;
  /** Publishes the rest and waits for all records. @throws what `publish` threw first */
  finish(): Promise<void>;
  /** Records that the brokers have acknowledged. */
  acknowledged(): number;
}

/** Makes a sender. @param windowBytes bytes that may be in flight before `add` waits */
export function createSender(publish: Publish, windowBytes: number): Sender {
  const running = new Set<Promise<void>>();
  let batch: InputRecord[] = [];
  let batchBytes = 0;
  let inFlightBytes = 0;
  let acknowledged = 0;
  let failure: { readonly error: unknown } | null = null;

  const flush = () => {
    if (batch.length === 0) return;
    const records = batch;
    const bytes = batchBytes;
    batch = [];
    batchBytes = 0;
    inFlightBytes += bytes;
    const work = publish(records).then(
      () => {
        acknowledged += records.length;
      },
      (error: unknown) => {
        failure ??= { error };
      },
    );
    const tracked = work.finally(() => {
      inFlightBytes -= bytes;
      running.delete(tracked);
    });
    running.add(tracked);
  };
  const throwFailure = () => {
    if (failure !== null) throw failure.error;
  };

  return {
    async add(record) {
      throwFailure();
      batch.push(record);
      batchBytes += record.value.length;
      if (batchBytes >= PUBLISH_LIMITS.maxBytes || batch.length >= PUBLISH_LIMITS.maxRecords) flush();
      while (inFlightBytes + batchBytes > windowBytes && running.size > 0) await Promise.race(running);
      throwFailure();
    },
    async finish() {
      if (failure === null) flush();
      while (running.size > 0) await Promise.race(running);
      throwFailure();
    },
    acknowledged: () => acknowledged,
  };
}
