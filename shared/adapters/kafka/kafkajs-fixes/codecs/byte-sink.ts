/** Collects the output of a decompressor, up to a number of bytes that is known before. */
export interface ByteSink {
  /** Bytes written so far. */
  length(): number;
  /** Appends `data[from, to)`. Answers whether it fits. */
  literal(data: Buffer, from: number, to: number): boolean;
  /** Appends `count` bytes from `distance` bytes back in the output; the two may overlap. Answers whether they exist and fit. */
  copy(distance: number, count: number): boolean;
  bytes(): Buffer;
}

/** @param capacity most bytes that may be written */
export function createByteSink(capacity: number): ByteSink {
  const out = Buffer.allocUnsafe(capacity);
  let at = 0;
  return {
    length: () => at,
    literal(data, from, to) {
      if (to > data.length || to < from || at + to - from > capacity) return false;
      at += data.copy(out, at, from, to);
      return true;
    },
    copy(distance, count) {
      if (distance < 1 || distance > at || at + count > capacity) return false;
      if (distance >= count) out.copyWithin(at, at - distance, at - distance + count);
      else for (let index = 0; index < count; index++) out[at + index] = out[at + index - distance]!;
      at += count;
      return true;
    },
    // A slice keeps the whole capacity alive as long as one record of it lives.
    bytes: () => (at * 2 < capacity ? Buffer.from(out.subarray(0, at)) : out.subarray(0, at)),
  };
}
