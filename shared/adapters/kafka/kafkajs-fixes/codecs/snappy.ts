import { createByteSink } from './byte-sink.ts';
import { MAX_DECOMPRESSED_BYTES, tooLarge, unreadable } from './cap.ts';

/** Head of the blocks that Kafka's Java client writes (xerial's format): magic, then two version numbers. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEAD_BYTES = MAGIC.length + 8;

/**
 * Snappy (google/snappy, format_description.txt), plain or in xerial's blocks.
 * @throws EpeeError RECORD_TOO_LARGE, RECORD_FRAMING_INVALID
 */
export function decompressSnappy(data: Buffer): Buffer {
  const blocks = snappyBlocks(data).map((block) => ({ block, ...snappyLength(block) }));
  const total = blocks.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_DECOMPRESSED_BYTES) throw tooLarge('snappy', total);
  return Buffer.concat(blocks.map(({ block, length, bodyAt }) => decompressBlock(block, bodyAt, length)));
}

function snappyBlocks(data: Buffer): Buffer[] {
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) return [data];
  const blocks: Buffer[] = [];
  for (let at = HEAD_BYTES; at < data.length; ) {
    const length = at + 4 <= data.length ? data.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > data.length) throw unreadable('snappy');
    blocks.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

/** The length that a block says it holds, a varint, and where its body begins. */
function snappyLength(block: Buffer): { length: number; bodyAt: number } {
  let length = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    length += (block[at]! & 0x7f) * 2 ** (7 * at);
    if (block[at]! < 0x80) return { length, bodyAt: at + 1 };
  }
  throw unreadable('snappy');
}

function decompressBlock(block: Buffer, bodyAt: number, length: number): Buffer {
  const sink = createByteSink(length);
  let at = bodyAt;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 0x03;
    const size = tag >> 2;
    let fits: boolean;
    if (kind === 0) {
      const extra = Math.max(0, size - 59);
      if (at + extra > block.length) throw unreadable('snappy');
      const count = (extra === 0 ? size : block.readUIntLE(at, extra)) + 1;
      at += extra;
      fits = sink.literal(block, at, at + count);
      at += count;
    } else {
      const width = kind === 3 ? 4 : kind;
      if (at + width > block.length) throw unreadable('snappy');
      const distance = block.readUIntLE(at, width) + (kind === 1 ? (tag >> 5) << 8 : 0);
      fits = sink.copy(distance, kind === 1 ? (size & 0x07) + 4 : size + 1);
      at += width;
    }
    if (!fits) throw unreadable('snappy');
  }
  if (sink.length() !== length) throw unreadable('snappy');
  return sink.bytes();
}
