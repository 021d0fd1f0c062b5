/** A line of a file. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** The line without its end (LF or CRLF), or null where it is longer than the limit. */
  readonly bytes: Buffer | null;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a stream of bytes into lines. Never holds more than one line and one chunk; a line over the limit is dropped while it passes by.
 *
 * @param chunks the file's bytes
 * @param maxBytes longest line that is kept
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const add = (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes + 1) parts = [];
    else parts.push(part);
  };
  const take = (): Line => {
    const line = { number, bytes: endOfLineCut(parts, bytes, maxBytes) };
    number += 1;
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}

/** One byte over the limit is kept until here, since a CR at the end does not count. */
function endOfLineCut(parts: readonly Buffer[], bytes: number, maxBytes: number): Buffer | null {
  if (bytes > maxBytes + 1) return null;
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
  const cut = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  return cut.length > maxBytes ? null : cut;
}
