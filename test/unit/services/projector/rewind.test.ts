import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isBehind, isForeign, rewindTo } from '../../../../services/projector/rewind.ts';

const offset = fc.bigInt(0n, 2n ** 63n - 2n);
const stored = fc.option(offset, { nil: null });

describe('standing of a partition', () => {
  it('is behind where records before the group offset are not in Redis', () => {
    assert.equal(isBehind({ stored: null, next: 0n }), false);
    assert.equal(isBehind({ stored: null, next: 1n }), true);
    assert.equal(isBehind({ stored: 4n, next: 5n }), false);
    assert.equal(isBehind({ stored: 4n, next: 6n }), true);
    assert.equal(isBehind({ stored: 9n, next: 5n }), false);
  });

  it('goes back to min(stored offset + 1, group offset), or the first record that is left', () => {
    assert.equal(rewindTo({ stored: 4n, next: 10n }, 0n), 5n);
    assert.equal(rewindTo({ stored: null, next: 10n }, 0n), 0n);
    assert.equal(rewindTo({ stored: null, next: 10n }, 7n), 7n);
    assert.equal(rewindTo({ stored: 4n, next: 10n }, 10n), null);
    assert.equal(rewindTo({ stored: 12n, next: 10n }, 0n), null);
  });

  it('never skips a record that is left and not in Redis, and never goes forward', () => {
    fc.assert(
      fc.property(stored, offset, offset, (has, next, low) => {
        const target = rewindTo({ stored: has, next }, low);
        const missing = has === null ? 0n : has + 1n;
        const firstMissing = missing > low ? missing : low;
        if (target === null) assert.ok(firstMissing >= next);
        else assert.ok(target === firstMissing && target < next && isBehind({ stored: has, next }));
      }),
    );
  });

  it('is foreign where the partition ends before the stored offset', () => {
    assert.equal(isForeign(null, 0n), false);
    assert.equal(isForeign(9n, 10n), false);
    assert.equal(isForeign(10n, 10n), true);
  });
});
