import assert from 'node:assert/strict';
import { committedOffset, lagOf, nextOffset, resumption, transactionFate } from '@epee/stream';
import fc from 'fast-check';

const offset = fc.bigInt({ min: 0n, max: 2n ** 62n });

describe('offsets', () => {
  it('commits one past the last offset, beyond what a number can hold', () => {
    assert.equal(nextOffset(2n ** 60n), 2n ** 60n + 1n);
  });

  it('reads a negative committed offset as none', () => {
    assert.equal(committedOffset('-1'), null);
    assert.equal(committedOffset('-2'), null);
    assert.equal(committedOffset('0'), 0n);
    assert.equal(committedOffset('9007199254740993'), 9007199254740993n);
  });

  it('counts lag from the committed offset, else from the start, and knows when it does not know', () => {
    assert.equal(lagOf(3n, { low: 0n, high: 10n }), 7n);
    assert.equal(lagOf(null, { low: 2n, high: 10n }), 8n);
    assert.equal(lagOf(null, { low: null, high: 10n }), null);
    assert.equal(lagOf(12n, { low: 0n, high: 10n }), 0n);
  });
});

describe('resumption', () => {
  it('processes where the fetch began at the committed offset, or where nothing is committed', () => {
    fc.assert(
      fc.property(offset, fc.constantFrom('seek' as const, 'process' as const), (from, late) => {
        assert.equal(resumption(from, from, late), 'process');
        assert.equal(resumption(null, from, late), 'process');
      }),
    );
  });

  it('goes back to the committed offset rather than repeat or lose records', () => {
    assert.deepEqual(resumption(10n, 4n, 'seek'), { seekTo: 10n });
    assert.deepEqual(resumption(10n, 4n, 'process'), { seekTo: 10n });
    assert.deepEqual(resumption(10n, 12n, 'seek'), { seekTo: 10n });
  });

  it('lets a later fetch run ahead of the committed offset: markers and expired records move it on', () => {
    assert.equal(resumption(10n, 12n, 'process'), 'process');
  });
});

describe('transactionFate', () => {
  it('is decided by where the committed offset stands', () => {
    assert.equal(transactionFate(8n, { from: 4n, to: 8n }), 'committed');
    assert.equal(transactionFate(4n, { from: 4n, to: 8n }), 'aborted');
    assert.equal(transactionFate(null, { from: null, to: 8n }), 'aborted');
    assert.equal(transactionFate(null, { from: 4n, to: 8n }), 'aborted');
    assert.equal(transactionFate(6n, { from: 4n, to: 8n }), 'overtaken');
    assert.equal(transactionFate(9n, { from: 4n, to: 8n }), 'overtaken');
    assert.equal(transactionFate(3n, { from: null, to: 8n }), 'overtaken');
  });
});
