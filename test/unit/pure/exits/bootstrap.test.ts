import assert from 'node:assert/strict';
import { bootstrapIntervals, type Counts, scoreOf, seededRandom } from '@epee/exits';

const counts = (found: number, gold: number, right: number): Counts => ({ found, gold, right });
const documents = (make: (index: number) => Counts) =>
  new Map(Array.from({ length: 200 }, (_, index) => [`d${index}`, make(index)] as const));

describe('bootstrap intervals over documents', () => {
  const good = documents((index) => counts(1, 1, index % 4 === 0 ? 0 : 1));
  const better = documents((index) => counts(1, 1, index % 8 === 0 ? 0 : 1));

  it('hold the score, are the same for the same seed, and about as wide as the normal approximation', () => {
    const run = () => bootstrapIntervals([good], { random: seededRandom(1), reference: null })[0]!;
    const { f1, difference } = run();
    assert.deepEqual(run(), { f1, difference });
    assert.equal(difference, null);
    const half = 100 * 1.96 * Math.sqrt((0.75 * 0.25) / 200);
    assert.ok(f1.low < 75 && f1.high > 75);
    assert.ok(Math.abs((f1.high - f1.low) / 2 - half) < 0.15 * half, `${f1.high - f1.low} beside ${2 * half}`);
  });

  it('compare series on the same documents: a series does not differ from itself', () => {
    const [own, other] = bootstrapIntervals([good, better], { random: seededRandom(2), reference: 0 });
    assert.deepEqual(own!.difference, { low: 0, high: 0 });
    assert.ok(other!.difference!.low > 0 && other!.difference!.high < 25);
  });

  it('take whole documents: rows of one document come and go together', () => {
    const spread = documents((index) => counts(2, 2, index % 2 === 0 ? 2 : 0));
    const together = bootstrapIntervals([spread], { random: seededRandom(3), reference: null })[0]!.f1;
    const half = 100 * 1.96 * Math.sqrt(0.25 / 200);
    assert.ok((together.high - together.low) / 2 > 0.85 * half);
    assert.equal(scoreOf(counts(400, 400, 200)).f1, 50);
  });

  it('are a point where there is one document, and nothing to score is 0', () => {
    assert.deepEqual(bootstrapIntervals([new Map([['d', counts(0, 0, 0)]])], { random: seededRandom(4), reference: null })[0]!.f1, {
      low: 0,
      high: 0,
    });
  });
});
