import assert from 'node:assert/strict';
import { closingLine, sum, totalsOf } from '../../runner/totals.ts';

describe('test totals', () => {
  it('add up', () =>
    assert.deepEqual(
      sum([
        { passed: 3, failed: 1 },
        { passed: 4, failed: 0 },
      ]),
      { passed: 7, failed: 1 },
    ));

  it('end in one line that a script can read', () => assert.equal(closingLine({ passed: 7, failed: 0 }), '7 passed, 0 failed'));

  for (const [why, written, succeeded, expected] of [
    ['all is well', { passed: 5, failed: 0 }, true, { passed: 5, failed: 0 }],
    ['tests failed', { passed: 5, failed: 2 }, false, { passed: 5, failed: 2 }],
    ['a file did not load', undefined, false, { passed: 0, failed: 1 }],
    ['the process died after its last test', { passed: 5, failed: 0 }, false, { passed: 5, failed: 1 }],
  ] as const) {
    it(`count ${expected.failed} failed when ${why}`, () => assert.deepEqual(totalsOf(written, succeeded), expected));
  }
});
