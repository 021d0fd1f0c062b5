import { createReadStream } from 'node:fs';
import { unzipped } from '@epee/notes';
import type { ImportFile } from './walk.ts';

/** A file's content from a byte on. */
export interface OpenFile {
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file, as it lies on the disk, that were read. */
  readBytes(): number;
  close(): void;
}

/**
 * Opens a file at a byte of its content. A gzip file is unpacked from its beginning, and what lies
 * before the byte is dropped. Never reads more than the file had when it was found.
 */
export function openFile({ absolute, gzip, size }: Pick<ImportFile, 'absolute' | 'gzip' | 'size'>, byte: number): OpenFile {
  if (size === 0 || (!gzip && byte >= size)) return { chunks: nothing(), readBytes: () => size, close: () => undefined };
  const raw = createReadStream(absolute, { start: gzip ? 0 : byte, end: size - 1, highWaterMark: gzip ? 16_384 : 65_536 });
  const chunks = gzip ? dropFirst(unzipped(raw), byte) : raw;
  return { chunks, readBytes: () => (gzip ? 0 : byte) + raw.bytesRead, close: () => void raw.destroy() };
}

async function* dropFirst(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}
