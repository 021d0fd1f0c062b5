import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLines } from '../../../../shared/adapters/notes/line-reader.ts';

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (let at = 0; start < bytes.length; at++) {
    const size = sizes.length === 0 ? bytes.length : sizes[at % sizes.length]!;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function linesOf(bytes: Buffer, maxBytes = 1000, sizes: readonly number[] = []) {
  const lines: [number, string | null][] = [];
  for await (const line of readLines(chunked(bytes, sizes), maxBytes)) lines.push([line.number, line.bytes?.toString('latin1') ?? null]);
  return lines;
}

describe('readLines', () => {
  it('counts lines from 1, takes LF and CRLF, and a last line without an end', async () => {
    assert.deepEqual(await linesOf(Buffer.from('a\r\n\nb\nc')), [
      [1, 'a'],
      [2, ''],
      [3, 'b'],
      [4, 'c'],
    ]);
  });

  it('drops a line over the limit, and keeps one that is exactly as long', async () => {
    const bytes = Buffer.from('12345\r\n123456\n12345\n123456');
    assert.deepEqual(await linesOf(bytes, 5), [
      [1, '12345'],
      [2, null],
      [3, '12345'],
      [4, null],
    ]);
  });

  it('finds the same lines however the bytes are cut into chunks', async () => {
    const content = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r'), { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), async (bytes, sizes) => {
        assert.deepEqual(await linesOf(bytes, 4, sizes), await linesOf(bytes, 4));
      }),
    );
  });
});
