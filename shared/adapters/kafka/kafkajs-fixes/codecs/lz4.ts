import { type ByteSink, createByteSink } from './byte-sink.ts';
import { MAX_DECOMPRESSED_BYTES, tooLarge, unreadable } from './cap.ts';

const MAGIC = 0x184d2204;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const UNCOMPRESSED_BLOCK = 0x80000000;
const LONG_RUN = 15;
const SHORTEST_MATCH = 4;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly isCompressed: boolean;
}

/**
 * LZ4 frame format 1.6. Checksums are not looked at: Kafka has its own for every send.
 * @throws EpeeError RECORD_TOO_LARGE, RECORD_FRAMING_INVALID
 */
export function decompressLz4(data: Buffer): Buffer {
  const { blocks, blockBytes } = lz4Blocks(data);
  // What the frame can hold at most; its own size field is optional and need not be true.
  const capacity = blocks.length * blockBytes;
  if (capacity > MAX_DECOMPRESSED_BYTES) throw tooLarge('lz4', capacity);
  const sink = createByteSink(capacity);
  for (const { start, end, isCompressed } of blocks) {
    const readable = isCompressed ? decompressBlock(data.subarray(start, end), sink) : sink.literal(data, start, end);
    if (!readable) throw unreadable('lz4');
  }
  return sink.bytes();
}

function lz4Blocks(data: Buffer): { blocks: Block[]; blockBytes: number } {
  if (data.length < 7 || data.readUInt32LE(0) !== MAGIC) throw unreadable('lz4');
  const flags = data[4]!;
  const sizeId = (data[5]! >> 4) & 0x07;
  if (sizeId < 4) throw unreadable('lz4');
  const checksumBytes = (flags & BLOCK_CHECKSUM) === 0 ? 0 : 4;
  const blocks: Block[] = [];
  let at = 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & DICTIONARY) === 0 ? 0 : 4);
  for (;;) {
    if (at + 4 > data.length) throw unreadable('lz4');
    const size = data.readUInt32LE(at);
    if (size === 0) return { blocks, blockBytes: 2 ** (8 + 2 * sizeId) };
    const isCompressed = size < UNCOMPRESSED_BLOCK;
    const end = at + 4 + (isCompressed ? size : size - UNCOMPRESSED_BLOCK);
    if (end > data.length) throw unreadable('lz4');
    blocks.push({ start: at + 4, end, isCompressed });
    at = end + checksumBytes;
  }
}

/** Answers whether the block could be read. Matches may reach into earlier blocks. */
function decompressBlock(block: Buffer, sink: ByteSink): boolean {
  let at = 0;
  const runLength = (nibble: number): number => {
    let length = nibble;
    if (nibble < LONG_RUN) return length;
    for (let more = 255; more === 255; length += more) {
      if (at >= block.length) return Number.POSITIVE_INFINITY;
      more = block[at++]!;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = runLength(token >> 4);
    if (!sink.literal(block, at, at + literals)) return false;
    at += literals;
    // The last sequence has no match.
    if (at === block.length) return true;
    if (at + 2 > block.length) return false;
    const distance = block.readUInt16LE(at);
    at += 2;
    if (!sink.copy(distance, runLength(token & 0x0f) + SHORTEST_MATCH)) return false;
  }
  return false;
}
