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
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a stream of bytes into lines. Never holds more than one line and one chunk; a line over the limit is dropped while it passes by.
 *
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
  let parts: Buffer[] = [];
  let bytes = 0;
  const add = (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes + 1) parts = [];
    else parts.push(part);
  };
  const take = (end: number): Line => {
    const line = { number, bytes: endOfLineCut(parts, bytes, maxBytes), end };
    number += 1;
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      yield take(before + end + 1);
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
    before += chunk.length;
  }
  if (bytes > 0) yield take(before);
}

/** One byte over the limit is kept until here, since a CR at the end does not count. */
function endOfLineCut(parts: readonly Buffer[], bytes: number, maxBytes: number): Buffer | null {
  if (bytes > maxBytes + 1) return null;
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
  const cut = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  return cut.length > maxBytes ? null : cut;
}
