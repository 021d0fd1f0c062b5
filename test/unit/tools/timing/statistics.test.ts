import assert from 'node:assert/strict';
import fc from 'fast-check';
import { median, pieces, ratio, spread, steadyMs, turnOf } from '../../../../tools/timing/statistics.ts';

describe('bench statistics', () => {
  it('take the middle of sorted values, and the mean of two middles', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([10, 9, 100]), 10);
    assert.ok(Number.isNaN(median([])));
  });

  it('leave a held-up piece out of a side’s time', () => {
    assert.equal(
      steadyMs([
        [10, 11, 500],
        [900, 20, 21],
      ]),
      32,
    );
  });

  it('compare sides by steady times, with the rounds as extremes', () => {
    const over = [[20, 22, 90]];
    const under = [[10, 10, 10]];
    assert.deepEqual(ratio(over, under), { steady: 2.2, lowest: 2, highest: 9 });
  });

  it('see through a machine that is slow for whole rounds', () => {
    const slow = [1, 3, 1, 7, 1];
    const { lowest, highest } = ratio([slow.map((factor) => 30 * factor)], [slow.map((factor) => 10 * factor)]);
    assert.deepEqual([lowest, highest], [3, 3]);
  });

  it('let every side be first in turn', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((turn) => turnOf(['a', 'b', 'c'], turn).join('')),
      ['abc', 'bca', 'cab', 'abc'],
    );
  });

  it('spread a choice over the whole list, in order and without repeats', () => {
    assert.deepEqual(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5), [0, 2, 4, 6, 8]);
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 50 }), (length, count) => {
        const chosen = spread([...Array(length).keys()], count);
        assert.equal(chosen.length, Math.min(length, count));
        assert.ok(chosen.every((value, index) => index === 0 || value > chosen[index - 1]!));
      }),
    );
  });

  it('cut whole pieces only', () => {
    assert.deepEqual(pieces([1, 2, 3, 4, 5], 2), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(pieces([1], 2), []);
  });
});
