import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createBootstrap, seedOf } from '../../../../../tools/replay/tally/bootstrap.ts';

const share = (sums: ArrayLike<number>) => sums[0]! / sums[1]!;

describe('bootstrap intervals', () => {
  it('contain the estimate', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 40 }),
        (documents) => {
          const bootstrap = createBootstrap(2, 200);
          documents.forEach((parts, at) => void bootstrap.add(seedOf(0, BigInt(at)), parts));
          const { value, low, high } = bootstrap.estimate(share);
          assert.ok(low <= value && value <= high, `${low} ${value} ${high}`);
          assert.ok(
            Math.abs(value - documents.reduce((sum, [part]) => sum + part, 0) / documents.reduce((sum, [, all]) => sum + all, 0)) < 1e-12,
          );
        },
      ),
      { numRuns: 50 },
    ));

  it('are as wide as the normal approximation says', () => {
    const bootstrap = createBootstrap(2);
    const n = 1000;
    for (let at = 0; at < n; at++) bootstrap.add(seedOf(1, BigInt(at)), [Number(at % 4 === 0), 1]);
    const { value, low, high } = bootstrap.estimate(share);
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / n);
    assert.equal(value, 0.25);
    // The ends are percentiles of 1,000 draws: some per cent of noise each.
    for (const [end, wanted] of [
      [low, 0.25 - half],
      [high, 0.25 + half],
    ] as const)
      assert.ok(Math.abs(end - wanted) < 0.15 * half, `${end} is not near ${wanted}`);
  });

  it('are one point where all documents are the same', () => {
    const bootstrap = createBootstrap(2, 300);
    for (let at = 0; at < 20; at++) bootstrap.add(seedOf(0, BigInt(at)), [1, 2]);
    assert.deepEqual(bootstrap.estimate(share), { value: 0.5, low: 0.5, high: 0.5 });
  });

  it('do not depend on the order of the documents', () => {
    const documents = Array.from({ length: 50 }, (_, at) => ({ seed: seedOf(2, BigInt(at)), parts: [at % 3, 3] }));
    const of = (all: typeof documents) => {
      const bootstrap = createBootstrap(2, 200);
      for (const { seed, parts } of all) bootstrap.add(seed, parts);
      return bootstrap.estimate(share);
    };
    assert.deepEqual(of(documents), of([...documents].reverse()));
  });

  it('are nothing where there is nothing to estimate', () => {
    const { value, low, high } = createBootstrap(2, 10).estimate(share);
    assert.ok([value, low, high].every(Number.isNaN));
  });

  it('weigh each document by its own place', () => {
    const seeds = new Set(Array.from({ length: 1000 }, (_, at) => seedOf(at % 4, BigInt(Math.floor(at / 4)))));
    assert.equal(seeds.size, 1000);
    assert.notEqual(seedOf(0, 1n), seedOf(0, 1n + (1n << 32n)));
  });
});
