import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { parseManifest } from '../../../../shared/adapters/engine/package/manifest.ts';
import { manifestData } from './fixtures.ts';

type Data = ReturnType<typeof manifestData>;

/** The problems that the parser finds after `change`. */
function problems(change: (data: Data) => unknown): readonly string[] {
  const data = manifestData();
  change(data);
  try {
    parseManifest(JSON.stringify(data), 'manifest.json');
    return [];
  } catch (error) {
    assert.ok(error instanceof EpeeError);
    assert.equal(error.code, 'MODEL_INVALID');
    return error.details.problems as readonly string[];
  }
}

describe('parseManifest', () => {
  it('reads a manifest and its policies, and ignores unknown fields', () => {
    const manifest = parseManifest(JSON.stringify({ ...manifestData(), scores: { any: 1 } }), 'manifest.json');
    assert.deepEqual(manifest.tasks[0]?.policies, {
      full: { entropyThreshold: 'off', patience: 'off' },
      fast: { entropyThreshold: 0.2, patience: 2 },
    });
  });

  it('says where it is not JSON', () => {
    assert.throws(() => parseManifest('{', 'dir/manifest.json'), { code: 'MODEL_INVALID', message: /^dir\/manifest\.json is not JSON/ });
  });

  const cases: readonly [string, (data: Data) => unknown, RegExp][] = [
    ['another format version', (d) => Object.assign(d, { formatVersion: 2 }), /^formatVersion: /],
    ['a version that is none', (d) => Object.assign(d, { version: 'one' }), /^version: must be a version such as 1\.0\.0/],
    ['a file outside the package', (d) => Object.assign(d, { tokenizer: '../x' }), /^tokenizer: must be a plain file name/],
    [
      'a digest that is none',
      (d) => Object.assign(d.files, { 'weights.bin': { sha256: 'x', bytes: 1 } }),
      /^files\.weights\.bin\.sha256: must be 64/,
    ],
    ['no tasks', (d) => Object.assign(d, { tasks: [] }), /^tasks: /],
    [
      'a policy out of range',
      (d) => Object.assign(d.tasks[0]!.policies.fast!, { patience: 0 }),
      /^tasks\.0\.policies\.fast: patience must be/,
    ],
    ['a graph without a digest', (d) => delete d.files['exit.int8.onnx'], /^files: exit\.int8\.onnx has no entry/],
    ['a tokenizer without a digest', (d) => delete d.files['tokenizer.json'], /^files: tokenizer\.json has no entry/],
    [
      'a special token outside the vocabulary',
      (d) => Object.assign(d.backbone, { sepTokenId: 50 }),
      /^backbone\.sepTokenId: 50 is outside the vocabulary of 50/,
    ],
    ['two tasks of one name', (d) => Object.assign(d.tasks[0]!, { name: 'events' }), /^tasks: two have the same name/],
    [
      'one label',
      (d) => Object.assign(d.tasks[0]!, { labels: ['a'] }),
      /^tasks\.0\.labels: a classification task needs at least 2, but has 1/,
    ],
    ['a label twice', (d) => Object.assign(d.tasks[0]!, { labels: ['a', 'a'] }), /^tasks\.0\.labels: two are the same/],
    [
      'more labels than a byte counts',
      (d) => Object.assign(d.tasks[0]!, { labels: Array.from({ length: 257 }, String) }),
      /^tasks\.0\.labels: /,
    ],
    ['labels on a tagging task', (d) => Object.assign(d.tasks[1]!, { labels: ['a', 'b'] }), /^tasks\.1\.labels: a tagging task has groups/],
    ['a tagging task without groups', (d) => Object.assign(d.tasks[1]!, { groups: [] }), /^tasks\.1\.groups: /],
    ['groups on a pooled task', (d) => Object.assign(d.tasks[0]!, { groups: d.tasks[1]!.groups }), /^tasks\.0\.groups: /],
    [
      'a group without O first',
      (d) => Object.assign(d.tasks[1]!.groups[0]!, { labels: ['B-A', 'O'] }),
      /^tasks\.1\.groups\.0\.labels: must begin with O/,
    ],
    [
      'an I- without its B-',
      (d) => Object.assign(d.tasks[1]!.groups[0]!, { labels: ['O', 'B-A', 'I-B'] }),
      /^tasks\.1\.groups\.0\.labels: I-B must be B-NAME/,
    ],
    [
      'a tag that is no BIO',
      (d) => Object.assign(d.tasks[1]!.groups[0]!, { labels: ['O', 'X'] }),
      /^tasks\.1\.groups\.0\.labels: X must be B-NAME/,
    ],
    [
      'a tag twice',
      (d) => Object.assign(d.tasks[1]!.groups[0]!, { labels: ['O', 'B-A', 'B-A'] }),
      /^tasks\.1\.groups\.0\.labels: two are the same/,
    ],
    ['two groups of one name', (d) => Object.assign(d.tasks[1]!.groups[0]!, { name: 'main' }), /^tasks\.1\.groups: two have the same name/],
    [
      'a relation task without markers',
      (d) => Object.assign(d.tasks[2]!, { relation: null }),
      /^tasks\.2\.relation: a relation task needs/,
    ],
    [
      'markers on another task',
      (d) => Object.assign(d.tasks[0]!, { relation: d.tasks[2]!.relation }),
      /^tasks\.0\.relation: a classification task must have none/,
    ],
    [
      'a marker outside the vocabulary',
      (d) => Object.assign(d.tasks[2]!.relation!, { markerTokenIds: { headStart: 4, headEnd: 5, tailStart: 6, tailEnd: 77 } }),
      /^tasks\.2\.relation\.markerTokenIds\.tailEnd: 77 is outside the vocabulary of 50/,
    ],
    [
      'one token for two markers',
      (d) => Object.assign(d.tasks[2]!.relation!, { markerTokenIds: { headStart: 4, headEnd: 5, tailStart: 6, tailEnd: 6 } }),
      /^tasks\.2\.relation\.markerTokenIds: two are the same/,
    ],
    [
      'a candidate that nothing finds',
      (d) => Object.assign(d.tasks[2]!.relation!, { candidates: [{ head: 'Drug', tails: ['Route'] }] }),
      /^tasks\.2\.relation\.candidates: no tagging task finds Route/,
    ],
    ['no full policy', (d) => delete d.tasks[0]!.policies.full, /^tasks\.0\.policies: full is missing/],
    ['a full policy that exits', (d) => Object.assign(d.tasks[0]!.policies.full!, { patience: 3 }), /^tasks\.0\.policies\.full: /],
  ];
  for (const [name, change, expected] of cases) {
    it(`refuses ${name}`, () => {
      const found = problems(change);
      assert.ok(
        found.some((problem) => expected.test(problem)),
        `${found.join('; ')} has no ${expected}`,
      );
    });
  }

  it('reports all problems at once', () => {
    const found = problems((data) => {
      Object.assign(data.tasks[0]!, { labels: ['a'] });
      delete data.files['exit.int8.onnx'];
    });
    assert.equal(found.length, 2);
  });
});
