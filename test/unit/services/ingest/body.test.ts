import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import fc from 'fast-check';
import { type Line, readBody, readLines } from '../../../../services/ingest/http/body.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function linesOf(text: string, maxBytes: number, sizes: readonly number[] = [3]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunksOf(Buffer.from(text), sizes), maxBytes)) lines.push(line);
  return lines;
}

const told = (lines: readonly Line[]) => lines.map(({ number, bytes, length }) => [number, bytes?.toString() ?? null, length]);

describe('readLines', () => {
  it('cuts at LF and CRLF and counts from 1, empty lines too', async () => {
    assert.deepEqual(told(await linesOf('a\r\n\nbc\nd', 10)), [
      [1, 'a', 1],
      [2, '', 0],
      [3, 'bc', 2],
      [4, 'd', 1],
    ]);
  });

  it('has no line after a last line end', async () => {
    assert.deepEqual(told(await linesOf('a\n', 10)), [[1, 'a', 1]]);
    assert.deepEqual(await linesOf('', 10), []);
  });

  it('reports lines over the limit without keeping them, and continues', async () => {
    assert.deepEqual(told(await linesOf('12345\n123456\n12345\r\n1', 5, [1])), [
      [1, '12345', 5],
      [2, null, 6],
      [3, '12345', 5],
      [4, '1', 1],
    ]);
  });

  it('gives the same lines for every cut of the bytes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n', '🩺', 'bc') }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (text, sizes) => {
          const expected = text.split('\n').map((line) => line.replace(/\r$/, ''));
          if (expected.at(-1) === '') expected.pop();
          assert.deepEqual(
            (await linesOf(text, 1000, sizes)).map(({ bytes }) => bytes?.toString()),
            expected,
          );
        },
      ),
    ));
});

describe('readBody', () => {
  const tooLarge = (error: unknown) => error instanceof EpeeError && error.code === 'REQUEST_TOO_LARGE';

  it('gives the whole body up to the limit', async () => {
    assert.equal((await readBody(chunksOf(Buffer.from('abcdef'), [4]), 6, 6)).toString(), 'abcdef');
  });

  it('refuses a declared length over the limit before it reads: REQUEST_TOO_LARGE', async () => {
    const unread: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => assert.fail('was read') };
    await assert.rejects(readBody(unread, 7, 6), tooLarge);
  });

  it('stops reading as soon as the limit is passed', async () => {
    let read = 0;
    async function* endless() {
      while (true) {
        read++;
        yield Buffer.alloc(4);
      }
    }
    await assert.rejects(readBody(endless(), null, 6), tooLarge);
    assert.equal(read, 2);
  });
});
