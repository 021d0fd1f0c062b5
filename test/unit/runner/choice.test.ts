import assert from 'node:assert/strict';
import { chooseSuites, wrongFiles } from '../../runner/choice.ts';

describe('choice of suites', () => {
  it('runs all suites where only options are given, and of the faults the short tests', () => {
    assert.deepEqual(chooseSuites(['--bail']), { unit: ['--bail'], integration: ['--bail'], faults: ['--bail', '--grep', '@short'] });
    assert.deepEqual(chooseSuites(['--grep', 'offsets']), {
      unit: ['--grep', 'offsets'],
      integration: ['--grep', 'offsets'],
      faults: null,
    });
  });

  it('runs the whole fault suite, or files of it, when asked', () => {
    assert.deepEqual(chooseSuites(['--faults']), { unit: null, integration: null, faults: [] });
    assert.deepEqual(chooseSuites(['test/faults/a.test.ts']), { unit: null, integration: null, faults: ['test/faults/a.test.ts'] });
  });

  it('runs only the suite whose file is named', () =>
    assert.deepEqual(chooseSuites(['test/unit/a/b.test.ts', '--bail']), {
      unit: ['--bail', 'test/unit/a/b.test.ts'],
      integration: null,
      faults: null,
    }));

  it('knows the suite by the folder, also in a full path', () =>
    assert.deepEqual(chooseSuites(['/x/test/integration/a.test.ts', './test/unit/b.test.ts']), {
      unit: ['./test/unit/b.test.ts'],
      integration: ['/x/test/integration/a.test.ts'],
      faults: null,
    }));

  it('refuses a file that does not exist, is no test or lies outside the suites', () => {
    const exists = (file: string) => file !== 'test/unit/none.test.ts';
    assert.equal(wrongFiles(['--grep', 'offsets', 'test/unit/a.test.ts', '/x/test/faults/b.test.ts'], exists), null);
    for (const file of ['test/unit/none.test.ts', 'test/unit/a.ts', 'test/unit/pure', 'a.test.ts', 'test/unit/a.test.js'])
      assert.equal(
        wrongFiles(['--bail', file], exists),
        `No test file: ${file}. Name files that end in .test.ts and are below test/unit, test/integration, test/faults.`,
      );
  });
});
