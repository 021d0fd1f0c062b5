import { EpeeError } from '@epee/errors';

/** Bytes as they arrive. */
export type Bytes = AsyncIterable<Buffer>;

/** A line of a stream. `bytes` is `null` for a line over the limit: its bytes were dropped. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly bytes: Buffer | null;
  /** Bytes of the line without its line end. */
  readonly length: number;
}

/**
 * Reads a whole body of limited size.
 * @param declaredBytes `content-length`, or `null`; a body that declares too much is refused unread
 * @param tooMuch makes the error for a larger body, from its size in words @default
 * REQUEST_TOO_LARGE for a note
 * @throws EpeeError REQUEST_TOO_LARGE, or what `tooMuch` makes
 */
export async function readBody(
  source: Bytes,
  declaredBytes: number | null,
  maxBytes: number,
  tooMuch: (actual: string) => EpeeError = (actual) => tooLarge(actual, maxBytes),
): Promise<Buffer> {
  if (declaredBytes !== null && declaredBytes > maxBytes) throw tooMuch(`${declaredBytes}`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooMuch(`more than ${maxBytes}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Cuts a stream into lines (LF or CRLF). Holds one line at a time, at most `maxBytes`; the bytes of
 * a longer line are dropped.
 */
export async function* readLines(source: Bytes, maxBytes: number): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer) => {
    length += part.length;
    // One byte over the limit is kept, because a CR at the end does not count.
    if (length <= maxBytes + 1) parts.push(part);
    else parts = [];
  };
  const take = (): Line => {
    const bytes = length <= maxBytes + 1 ? withoutCr(Buffer.concat(parts)) : null;
    const line = { number: number++, bytes: bytes !== null && bytes.length <= maxBytes ? bytes : null, length: bytes?.length ?? length };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}

const withoutCr = (line: Buffer) => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line);

/** REQUEST_TOO_LARGE for a body or a line. @param actual its size in words */
export const tooLarge = (
  actual: string,
  maxBytes: number,
  {
    what = 'The request',
    of = 'note',
    hint = 'EPEE_NOTE_MAX_BYTES sets the limit; send many notes as application/x-ndjson.',
  }: { readonly what?: string; readonly of?: string; readonly hint?: string } = {},
) =>
  new EpeeError('REQUEST_TOO_LARGE', `${what} has ${actual} bytes; ${maxBytes} are allowed for one ${of}`, {
    stage: 'ingest',
    details: { maxBytes },
    hint,
  });
