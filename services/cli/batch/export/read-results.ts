import { randomUUID } from 'node:crypto';
import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { Kafka } from '@epee/kafka';
import type { ExtractionResult } from '@epee/records';
import { BATCH_HEADER, headerText, nextOffset } from '@epee/stream';

/** Which results are read. */
export interface ResultRange {
  readonly topic: string;
  readonly job: string;
  /** First offset by partition: results of the import come after. */
  readonly from: Readonly<Record<string, string>>;
  /** Results that there are. */
  readonly count: number;
}

/** What reading needs. */
export interface ReadDeps {
  readonly kafka: Pick<Kafka, 'consume' | 'admin'>;
  readonly codec: Pick<Codec, 'decodeResult'>;
  readonly signal: AbortSignal;
  /** Takes results as they come; the next come when it is done. */
  onResults(results: readonly ExtractionResult[]): Promise<void>;
}

/** Longest time without another record: what is still missing then is not there. */
const IDLE_MS = 20_000;
const SESSION_MS = 30_000;

/**
 * Reads an import's results from the results topic, as they were committed, with a group of its own that is deleted afterwards.
 * @returns how many were found: fewer where the topic no longer has them
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING, INTERRUPTED; what `onResults` throws
 */
export async function readResults(
  { topic, job, from, count }: ResultRange,
  { kafka, codec, signal, onResults }: ReadDeps,
): Promise<number> {
  if (count === 0) return 0;
  const group = `epee.export.${randomUUID()}`;
  const begun = new Set<number>();
  let found = 0;
  let end: () => void = () => {};
  const complete = new Promise<void>((resolve) => {
    end = resolve;
  });
  let timer = setTimeout(end, IDLE_MS);
  signal.addEventListener('abort', end, { once: true });
  const consumer = await kafka.consume({
    group,
    topics: [topic],
    sessionTimeoutMs: SESSION_MS,
    maxWaitMs: 200,
    concurrency: 1,
    async onBatch(batch, control) {
      clearTimeout(timer);
      const start = BigInt(from[String(batch.partition)] ?? 0);
      if (!begun.has(batch.partition)) {
        begun.add(batch.partition);
        if (batch.fetchedFrom < start) {
          timer = setTimeout(end, IDLE_MS);
          return control.seek(start);
        }
      }
      const own = batch.records.filter((record) => headerText(record, BATCH_HEADER) === job);
      const results = await Promise.all(own.map(({ value }) => codec.decodeResult(value)));
      if (found < count && results.length > 0) await onResults(results);
      found += results.length;
      control.resolve(nextOffset(batch.lastOffset));
      await control.heartbeat();
      if (found >= count) end();
      else timer = setTimeout(end, IDLE_MS);
    },
  });
  try {
    await Promise.race([complete, consumer.done]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    await consumer.stop();
    await deleteGroup(kafka, group);
  }
  if (signal.aborted) throw new EpeeError('INTERRUPTED', 'interrupted', { stage: 'cli' });
  return found;
}

async function deleteGroup(kafka: Pick<Kafka, 'admin'>, group: string): Promise<void> {
  const admin = await kafka.admin();
  // Kafka forgets an empty group by itself where this fails.
  await admin.deleteGroup(group).catch(() => undefined);
  await admin.close();
}
