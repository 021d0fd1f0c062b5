import { EXTRACTION_LIMITS, planSubBatches, type Range } from '@epee/stream';
import type { Passage } from './passage.ts';

/** Sub-batches that cover `[start, end)` of a batch's records, each of at most `maxRecords`. */
export function rangesOf({ batch }: Passage, { start, end }: Range, maxRecords = EXTRACTION_LIMITS.maxRecords): Range[] {
  const sizes = batch.records.slice(start, end).map(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0));
  return planSubBatches(sizes, { ...EXTRACTION_LIMITS, maxRecords }).map((range) => ({
    start: range.start + start,
    end: range.end + start,
  }));
}
