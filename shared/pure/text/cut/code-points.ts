/** Turns an offset in UTF-16 units into one in Unicode code points of the same text. */
export type CodePointOffset = (utf16Offset: number) => number;

/**
 * Prepares the conversion of offsets for one text. Costs one pass over the text; each conversion is a binary search over its astral
 * characters, and nothing at all where it has none.
 */
export function codePointOffsets(text: string): CodePointOffset {
  const lowSurrogates: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (isLowSurrogate(text.charCodeAt(i))) lowSurrogates.push(i);
  }
  if (lowSurrogates.length === 0) return (offset) => offset;
  return (offset) => offset - countBelow(lowSurrogates, offset);
}

/** Whether a UTF-16 unit is the second half of an astral character. */
export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function countBelow(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
