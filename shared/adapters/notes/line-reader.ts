import { createLineBuffer } from './line-buffer.ts';

/** A line of a file. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** The line without its end (LF or CRLF), or null where it is longer than the limit. */
  readonly bytes: Buffer | null;
  /** Bytes of the source up to the end of this line, its line end included. */
  readonly end: number;
}

/** Where a source begins that was cut off at the end of a line. */
export interface StartingAt {
  /** Number of the first line. */
  readonly line: number;
  /** Bytes before it. */
  readonly byte: number;
}

const LINE_FEED = 0x0a;

/**
 * Cuts a stream of bytes into lines. Never holds more than one line and one chunk; a line over the
 * limit is dropped while it passes by.
 * @param chunks the file's bytes
 * @param maxBytes longest line that is kept
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  from: StartingAt = { line: 1, byte: 0 },
): AsyncGenerator<Line> {
  let number = from.line;
  let before = from.byte;
  const buffer = createLineBuffer(maxBytes);
  const take = (end: number): Line => ({ number: number++, bytes: buffer.take(), end });
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      buffer.add(chunk.subarray(start, end));
      yield take(before + end + 1);
      start = end + 1;
    }
    if (start < chunk.length) buffer.add(chunk.subarray(start));
    before += chunk.length;
  }
  if (buffer.size() > 0) yield take(before);
}
