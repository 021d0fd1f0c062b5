import assert from 'node:assert/strict';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { EpeeError, ERROR_CODES } from '@epee/errors';
import fc from 'fast-check';
import { mutated } from '../../../fuzz/mutated.ts';
import { numbers } from '../../../fuzz/numbers.ts';
import { notes, results } from './fixtures.ts';

const RUNS = 20_000;

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
      if (await refused(() => decode(mutated(value, next)))) refusals++;
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
