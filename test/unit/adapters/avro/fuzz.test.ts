import assert from 'node:assert/strict';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { EpeeError, ERROR_CODES } from '@epee/errors';
import fc from 'fast-check';
import { notes, results } from './fixtures.ts';

const RUNS = 20_000;

/** A stream of numbers that is the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Bytes that are special to a decoder: huge counts, negative lengths, ends, continuation bits. */
const NASTY = [
  [0x80, 0xbc, 0xc1, 0x96, 0x02],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x01],
  [0x00],
  [0x80],
  [0xed, 0xa0, 0x80],
];

function mutate(good: Buffer, next: () => number): Buffer {
  const bytes = Buffer.from(good);
  const at = 5 + (next() % Math.max(1, bytes.length - 5));
  switch (next() % 6) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = next() & 0xff;
      return bytes;
    case 2:
      bytes[at] = bytes[at]! ^ (1 << (next() % 8));
      return bytes;
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(NASTY[next() % NASTY.length]!), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (next() % 8))]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes]);
  }
}

/** Decodes, and answers whether it was refused; any error but an EpeeError fails the test. */
async function refused(decode: () => Promise<unknown>): Promise<boolean> {
  try {
    await decode();
    return false;
  } catch (error) {
    assert.ok(error instanceof EpeeError, `not an EpeeError: ${error}`);
    assert.ok(['dead-letter'].includes(ERROR_CODES[error.code]), error.code);
    assert.ok(error.message.length < 400, 'the message is bounded');
    return true;
  }
}

describe('decoding random bodies', function () {
  this.timeout(120_000);
  let codec: Codec;
  before(async () => {
    codec = await createCodec(await fileRegistry());
  });

  it(`survives ${RUNS} mutated notes and results, and refuses with a code`, async () => {
    const next = numbers(20_240_607);
    const seeds = fc.sample(fc.tuple(notes, results), { numRuns: 40, seed: 7 });
    const good = seeds.flatMap(([note, result]) => [
      { value: codec.encodeNote(note), decode: codec.decodeNote },
      { value: codec.encodeResult(result), decode: codec.decodeResult },
    ]);
    let refusals = 0;
    for (let run = 0; run < RUNS; run++) {
      const { value, decode } = good[run % good.length]!;
      if (await refused(() => decode(mutate(value, next)))) refusals++;
    }
    assert.ok(refusals > RUNS / 2, `only ${refusals} of ${RUNS} were refused`);
  });

  it(`survives ${RUNS} random bodies`, async () => {
    const next = numbers(42);
    for (let run = 0; run < RUNS; run++) {
      const body = Buffer.from(Array.from({ length: next() % 64 }, () => next() & 0xff));
      const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 1 + (run % 2)]), body]);
      await refused(() => (run % 2 === 0 ? codec.decodeNote(value) : codec.decodeResult(value)));
    }
  });
});
