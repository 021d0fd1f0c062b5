/** Bounds of a sub-batch. A single record over `maxBytes` forms one alone. */
export interface SubBatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Half-open range of positions. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a sequence into consecutive ranges that together cover it, each of at least one and at most `maxRecords` items and, where it has several, at most
 * `maxBytes` bytes.
 * @param sizesBytes size of each item
 */
export function planSubBatches(sizesBytes: readonly number[], { maxRecords, maxBytes }: SubBatchLimits): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let bytes = 0;
  sizesBytes.forEach((size, position) => {
    const full = position - start >= maxRecords || bytes + size > maxBytes;
    if (position > start && full) {
      ranges.push({ start, end: position });
      start = position;
      bytes = 0;
    }
    bytes += size;
  });
  if (sizesBytes.length > start) ranges.push({ start, end: sizesBytes.length });
  return ranges;
}
