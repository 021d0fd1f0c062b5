import assert from 'node:assert/strict';
import { chooseSuites } from '../../runner/choice.ts';

describe('choice of suites', () => {
  it('runs both with options alone', () =>
    assert.deepEqual(chooseSuites(['--grep', 'offsets']), { unit: ['--grep', 'offsets'], integration: ['--grep', 'offsets'] }));

  it('runs only the suite whose file is named', () =>
    assert.deepEqual(chooseSuites(['test/unit/a/b.test.ts', '--bail']), { unit: ['--bail', 'test/unit/a/b.test.ts'], integration: null }));

  it('tells the suites apart by folder, also in a full path', () =>
    assert.deepEqual(chooseSuites(['/x/test/integration/a.test.ts', './test/unit/b.test.ts']), {
      unit: ['./test/unit/b.test.ts'],
      integration: ['/x/test/integration/a.test.ts'],
    }));
});
