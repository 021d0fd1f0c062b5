import assert from 'node:assert/strict';
import { isWithin } from '../../../../../services/jobs/files/plan.ts';

describe('allowed folders', () => {
  it('hold what lies in them, and not what only begins alike', () => {
    assert.deepEqual(
      ['/data', '/data/a/b', '/database', '/', '/dat'].map((path) => isWithin(path, '/data')),
      [true, true, false, false, false],
    );
    assert.ok(isWithin('/data', '/'));
  });
});
