/**
 * Bytes that mean much to a decoder: huge counts, negative lengths, ends, continuation bits, halves
 * of characters.
 */
const NASTY = [
  [0x80, 0xbc, 0xc1, 0x96, 0x02],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x01],
  [0x00],
  [0x80],
  [0xed, 0xa0, 0x80],
  [0xc0, 0x80],
];

/**
 * A framed Avro value (a magic byte and a schema id, five bytes) with a fault behind its frame: cut,
 * overwritten, a bit flipped, bytes put in, taken out or repeated.
 */
export function mutated(good: Buffer, next: () => number): Buffer {
  const bytes = Buffer.from(good);
  const at = Math.min(bytes.length, 5 + (next() % Math.max(1, bytes.length - 5)));
  switch (next() % 6) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = next() & 0xff;
      return bytes;
    case 2:
      bytes[at] = bytes[at]! ^ (1 << (next() % 8));
      return bytes;
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(NASTY[next() % NASTY.length]!), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (next() % 8))]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes]);
  }
}
