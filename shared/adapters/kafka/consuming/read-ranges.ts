import type { FetchedRecord, Offset } from '@epee/stream';
import { keepAlive } from '@epee/work';
import { logChanged } from '../client/errors.ts';
import type { BatchControl, Kafka, PartitionRange } from '../types.ts';

/** Records of one partition, all within its range. */
export interface RangeBatch {
  readonly partition: number;
  readonly records: readonly FetchedRecord[];
  /** Where the partition resumes after these records; at most the range's end. */
  readonly next: Offset;
  /** Id of the topic that the log belongs to; null where it is not known. */
  readonly logId: string | null;
}

/** What is to be read, and by whom. */
export interface RangeReading {
  /** A group of the reader's own; its committed offsets are neither looked at nor changed. Delete it afterwards. */
  readonly group: string;
  readonly topic: string;
  /** At most one per partition. */
  readonly ranges: readonly PartitionRange[];
  readonly sessionTimeoutMs?: number;
  /** Partitions handled at a time. @default 4 */
  readonly concurrency?: number;
  /** Ends the reading early; handlers should look at it, too. */
  readonly signal?: AbortSignal;
  /** Handles a batch; the partition's next comes after it returned. What it throws ends the reading. */
  onBatch(batch: RangeBatch): Promise<void>;
}

const SESSION_TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 200;

/**
 * Reads ranges of a topic's partitions from their beginnings to their ends, committed records only, then resolves. Each record within them is handed out once and in
 * order, whatever happens to connections meanwhile, as long as `onBatch` returns. Records that are deleted meanwhile are passed over.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING; KAFKA_LOG_CHANGED where the topic is made anew, or ends before a range does; what `onBatch` throws
 */
export async function readRanges(kafka: Pick<Kafka, 'consume'>, reading: RangeReading): Promise<void> {
  const { group, topic, signal } = reading;
  const left = new Map(reading.ranges.filter(({ from, to }) => from < to).map((range) => [range.partition, { ...range }]));
  if (left.size === 0 || signal?.aborted) return;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const advance = (partition: number, next: Offset) => {
    const range = left.get(partition);
    if (range === undefined || next <= range.from) return;
    range.from = next;
    if (next >= range.to) left.delete(partition);
    if (left.size === 0) finish();
  };
  const sought = new Map<number, number>();
  const logIds = new Map<number, string | null>();
  /** Offsets of another log mean other records. */
  const demandSameLog = (partition: number, id: string | null) => {
    const known = logIds.get(partition) ?? id;
    if (id !== null && known !== id) throw logChanged(topic);
    logIds.set(partition, known);
  };

  const consumer = await kafka.consume({
    group,
    topics: [topic],
    sessionTimeoutMs: reading.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    concurrency: reading.concurrency ?? 4,
    maxWaitMs: MAX_WAIT_MS,
    onSkipped: ({ partition }, next) => advance(partition, next),
    async onOutOfRange({ partition, position, log }) {
      const range = left.get(partition);
      if (range === undefined) return log.start;
      demandSameLog(partition, log.id);
      if (position > log.start) throw logChanged(topic);
      advance(partition, log.start < range.to ? log.start : range.to);
      return log.start;
    },
    async onBatch(batch, control) {
      const { partition } = batch;
      const range = left.get(partition);
      if (range === undefined) return control.pause();
      demandSameLog(partition, batch.log.id);
      const firstOfEpoch = sought.get(partition) !== batch.epoch;
      sought.set(partition, batch.epoch);
      // A late fetch is put right once; later the broker itself moves it on past records that are gone.
      if (batch.fetchedFrom < range.from || (firstOfEpoch && batch.fetchedFrom > range.from)) return control.seek(range.from);
      const records = batch.records.filter(({ offset }) => offset >= range.from && offset < range.to);
      const after = batch.lastOffset + 1n;
      const next = after < range.to ? after : range.to;
      if (records.length > 0) {
        await heartbeating(control, reading.onBatch({ partition, records, next, logId: batch.log.id }));
        if (signal?.aborted) return;
      }
      advance(partition, next);
      control.resolve(after);
    },
  });
  const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([finished, consumer.done, stopped]);
  } finally {
    await consumer.stop();
  }
  // A handler that failed while the consumer was stopped for another reason.
  await consumer.done;
}

/** Does work and keeps the membership alive meanwhile. The work is always waited for: two handlers must never work on one partition. */
async function heartbeating({ heartbeat }: BatchControl, work: Promise<void>): Promise<void> {
  // Whatever becomes of the membership, the work is done: the next fetch begins where it ended.
  await keepAlive(work, { heartbeat }).catch(() => undefined);
  await work;
}
