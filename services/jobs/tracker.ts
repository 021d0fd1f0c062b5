import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { BatchControl, FetchedBatch } from '@epee/kafka';
import type { BatchEntry, BatchStore } from '@epee/redis';
import {
  BATCH_HEADER,
  backoffMs,
  DEAD_LETTER_HEADERS,
  type FetchedRecord,
  headerText,
  INFRASTRUCTURE_BACKOFF,
  isBatchId,
  nextOffset,
} from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import type { JobsMetrics } from './jobs-metrics.ts';
import type { Surroundings } from './types.ts';

/** What counting needs. */
export interface TrackerDeps {
  readonly store: Pick<BatchStore, 'count' | 'counted' | 'forgetCounted'>;
  readonly codec: Pick<Codec, 'decodeResult'>;
  readonly topics: { readonly results: string; readonly deadLetters: string; readonly batchNotes: string };
  readonly log: Logger;
  readonly metrics: JobsMetrics;
  readonly surroundings: Surroundings;
}

/** Records that are counted together. */
const COUNTED_AT_A_TIME = 500;
const HEARTBEAT_EVERY_MS = 500;
/** Code of a dead letter without a proper one. */
const UNKNOWN_CODE = 'UNKNOWN';

/**
 * Makes the handler that counts the results and dead letters of imports. Redis keeps the offset beside the counts and changes both at once, so that each record is counted
 * once; where Redis stands elsewhere than the group, Redis decides.
 */
export function createTracker(deps: TrackerDeps): (batch: FetchedBatch, control: BatchControl) => Promise<void> {
  const { store, log, metrics, surroundings } = deps;
  const epochs = new Map<string, number>();

  async function onBatch(batch: FetchedBatch, control: BatchControl): Promise<void> {
    const name = `${batch.topic}/${batch.partition}`;
    if (epochs.get(name) !== batch.epoch) {
      const seekTo = await begin(batch, control);
      if (seekTo === 'given up') return;
      epochs.set(name, batch.epoch);
      if (seekTo !== null) return control.seek(seekTo);
    }
    for (let start = 0; start < batch.records.length; start += COUNTED_AT_A_TIME) {
      const records = batch.records.slice(start, start + COUNTED_AT_A_TIME);
      const entries = await entriesOf(batch.topic, records);
      const through = start + COUNTED_AT_A_TIME < batch.records.length ? records.at(-1)!.offset : batch.lastOffset;
      const { topic, partition } = batch;
      const counted = await insist(control, () => store.count({ topic, partition, entries, through, nowMs: surroundings.nowMs() }));
      if (counted === GIVEN_UP) return;
      metrics.counted(entries);
      await control.commit(nextOffset(through));
      control.resolve(nextOffset(through));
      await control.heartbeat();
    }
  }

  async function begin(batch: FetchedBatch, control: BatchControl): Promise<bigint | null | 'given up'> {
    const { topic, partition } = batch;
    const stored = await insist(control, () => store.counted(topic, partition));
    if (stored === GIVEN_UP) return 'given up';
    if (stored !== null && stored >= batch.highWatermark) {
      log.warn('Redis stores an offset beyond the end of the partition: the topic was made anew', { topic, partition, offset: stored });
      await insist(control, () => store.forgetCounted(topic, partition));
      return null;
    }
    // Without an offset in Redis everything counts: imports that Redis knows have none yet.
    const next = stored === null ? 0n : nextOffset(stored);
    return next < batch.fetchedFrom && stored !== null ? next : null;
  }

  /** While Redis is away nothing can be counted; the group is told meanwhile that this member lives. */
  async function insist<T>(control: BatchControl, work: () => Promise<T>): Promise<T | typeof GIVEN_UP> {
    for (let attempt = 1; control.active(); attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof EpeeError) || !error.retriable) throw error;
        if (attempt === 1) log.warn('Cannot count results; trying again', {}, error);
        for (let left = backoffMs(attempt, INFRASTRUCTURE_BACKOFF, surroundings.random); left > 0; left -= HEARTBEAT_EVERY_MS) {
          await surroundings.sleep(Math.min(left, HEARTBEAT_EVERY_MS));
          await control.heartbeat();
        }
      }
    }
    return GIVEN_UP;
  }

  async function entriesOf(topic: string, records: readonly FetchedRecord[]): Promise<BatchEntry[]> {
    const entries = await Promise.all(records.map((record) => entryOf(topic, record, deps)));
    return entries.filter((entry) => entry !== null);
  }

  return onBatch;
}

const GIVEN_UP = Symbol('given up');

/** What a record counts for, or null where it belongs to no import. */
export async function entryOf(
  topic: string,
  record: FetchedRecord,
  { codec, topics }: Pick<TrackerDeps, 'codec' | 'topics'>,
): Promise<BatchEntry | null> {
  const job = headerText(record, BATCH_HEADER);
  if (job === null || !isBatchId(job)) return null;
  const { offset } = record;
  const nothing = { rows: 0, layersRun: 0, layersFull: 0 };
  if (topic === topics.deadLetters) {
    // A result that others could not use is a dead letter too; its note has been counted.
    if (headerText(record, DEAD_LETTER_HEADERS.originTopic) !== topics.batchNotes) return null;
    const code = headerText(record, DEAD_LETTER_HEADERS.code) ?? '';
    return { offset, job, code: /^[A-Z][A-Z0-9_]{0,60}$/.test(code) ? code : UNKNOWN_CODE, ...nothing };
  }
  try {
    const { rows, layersRun, layersFull } = (await codec.decodeResult(record.value)).compute;
    return { offset, job, code: null, rows, layersRun, layersFull };
  } catch (error) {
    if (error instanceof EpeeError && error.retriable) throw error;
    return { offset, job, code: null, ...nothing };
  }
}
