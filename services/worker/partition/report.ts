import { gapBetween, type Offset } from '@epee/stream';
import type { Output } from '../prepare/outputs.ts';
import type { Passage } from './passage.ts';

/** Counts what a committed sub-batch wrote, and logs its dead letters. */
export function reportOutput({ batch, metrics, log }: Passage, next: Offset, { prepared }: Output): void {
  const { topic, partition } = batch;
  for (const entry of prepared) {
    if ('result' in entry) {
      metrics.result(entry.result);
      continue;
    }
    const { code, stage } = entry.failure;
    metrics.deadLetter(entry.failure);
    log.warn('A record went to the dead letters', { topic, partition, offset: entry.record.offset, code, stage });
  }
  metrics.lag(batch, batch.highWatermark > next ? batch.highWatermark - next : 0n);
}

/** Counts offsets between the committed one and the batch: markers, or records that are gone. */
export function reportGap({ batch, standing, metrics, log }: Passage): void {
  const count = standing.committed === null ? 0n : gapBetween(standing.committed, batch.records[0]!.offset);
  if (count === 0n) return;
  metrics.gap(batch, count);
  const { topic, partition } = batch;
  log.warn('Offsets were skipped: markers, or records that the broker no longer has', { topic, partition, count });
}
