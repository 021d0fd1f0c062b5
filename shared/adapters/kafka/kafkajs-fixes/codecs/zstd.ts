import { decompress, init } from '@bokuweb/zstd-wasm';
import { MAX_DECOMPRESSED_BYTES, tooLarge, unreadable } from './cap.ts';

const MAGIC = 0xfd2fb528;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
/** Sizes to try for frames that do not say how much they hold, as those of streaming writers. */
const ATTEMPTS = [1024 * 1024, 8 * 1024 * 1024, MAX_DECOMPRESSED_BYTES];
/** The library's only word for an output that is too small. */
const TOO_SMALL = 'code -70';

let ready: Promise<void> | null = null;

/**
 * Zstandard, RFC 8878, one frame.
 * @throws EpeeError RECORD_TOO_LARGE, RECORD_FRAMING_INVALID
 */
export async function decompressZstd(data: Buffer): Promise<Buffer> {
  const size = zstdContentBytes(data);
  if (size !== null && size > BigInt(MAX_DECOMPRESSED_BYTES)) throw tooLarge('zstd', size);
  ready ??= init();
  await ready;
  for (const defaultHeapSize of size === null ? ATTEMPTS : [MAX_DECOMPRESSED_BYTES]) {
    try {
      return Buffer.from(decompress(data, { defaultHeapSize }));
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(TOO_SMALL))) throw unreadable('zstd', error);
    }
  }
  throw tooLarge('zstd', null);
}

/**
 * Bytes that a frame says it holds, or `null` where it does not say (RFC 8878, 3.1.1.1).
 * @throws EpeeError RECORD_FRAMING_INVALID
 */
export function zstdContentBytes(data: Buffer): bigint | null {
  if (data.length < 6 || data.readUInt32LE(0) !== MAGIC) throw unreadable('zstd');
  const descriptor = data[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const at = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[(descriptor & 0x03) as 0 | 1 | 2 | 3];
  if (sizeFlag === 0 && !isSingleSegment) return null;
  if (at + 2 ** sizeFlag > data.length) throw unreadable('zstd');
  if (sizeFlag === 0) return BigInt(data[at]!);
  if (sizeFlag === 1) return BigInt(data.readUInt16LE(at) + 256);
  return sizeFlag === 2 ? BigInt(data.readUInt32LE(at)) : data.readBigUInt64LE(at);
}
