import { gapBetween } from '@epee/stream';
import type { Output } from '../prepare/outputs.ts';
import type { Passage } from './passage.ts';

/** Counts what a committed sub-batch wrote, and logs its dead letters. */
export function reportOutput({ batch, metrics, log }: Passage, { prepared }: Output): void {
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
}

/** Counts offsets between the committed one and the batch: markers, or records that are gone. */
export function reportGap({ batch, standing, metrics, log }: Passage): void {
  const { committed, passed } = standing;
  standing.passed = null;
  if (committed === null) return;
  const count = gapBetween(passed !== null && passed > committed ? passed : committed, batch.records[0]!.offset);
  if (count === 0n) return;
  metrics.gap(batch, count);
  const { topic, partition } = batch;
  log.warn('Offsets were skipped: markers, or records that the broker no longer has', { topic, partition, count });
}
