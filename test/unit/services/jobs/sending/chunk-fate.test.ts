import assert from 'node:assert/strict';
import { fateOf, isPublished } from '../../../../../services/jobs/sending/chunk-fate.ts';
import { pauseMs } from '../../../../../services/jobs/sending/pace.ts';

const NOW_MS = 1_700_000_000_000;
const intent = { chunk: 3, notes: 2, problems: [], position: null, last: false };
const job = { nextChunk: 3, intent: null, sent: 10, startedAtMs: NOW_MS - 1000 };

describe('the fate of a chunk that was worked on before', () => {
  for (const [what, more, committed, kind] of [
    ['nothing was begun', {}, 3n, 'fresh'],
    ['nothing was begun, and Kafka has forgotten the group', {}, null, 'fresh'],
    ['it was begun, but not committed', { intent }, 3n, 'fresh'],
    [
      'it was begun in the first chunk, and nothing was ever committed',
      { intent: { ...intent, chunk: 0 }, nextChunk: 0, sent: 0 },
      null,
      'fresh',
    ],
    ['an earlier chunk was begun', { intent: { ...intent, chunk: 2 } }, 3n, 'fresh'],
    ['it was committed', { intent }, 4n, 'published'],
    ['it was committed, and Redis has lost what was read', {}, 4n, 'published'],
  ] as const) {
    it(`is ${kind} where ${what}`, () => assert.equal(fateOf({ ...job, ...more }, committed, NOW_MS).kind, kind));
  }

  it('hands over what was read of a committed chunk', () => {
    assert.deepEqual(fateOf({ ...job, intent }, 4n, NOW_MS), { kind: 'published', intent });
  });

  for (const [what, more] of [
    ['something was committed before', {}],
    ['it was begun days ago', { sent: 0, startedAtMs: NOW_MS - 8 * 24 * 3_600_000 }],
  ] as const) {
    it(`is not guessed where Kafka has forgotten and ${what}`, () => {
      assert.throws(() => fateOf({ ...job, intent, ...more }, null, NOW_MS), { code: 'JOB_OUTCOME_UNKNOWN', message: /chunk 3/ });
    });
  }

  it('counts a later committed offset as published', () => {
    assert.deepEqual([isPublished(null, 1n), isPublished(0n, 1n), isPublished(1n, 1n), isPublished(9n, 1n)], [false, false, true, true]);
  });
});

describe('the pace of an import', () => {
  it('makes a chunk last as long as its notes may take', () => {
    assert.equal(pauseMs({ notes: 500, tookMs: 200 }, 100), 4800);
    assert.equal(pauseMs({ notes: 10, tookMs: 200 }, 100), 0);
    assert.equal(pauseMs({ notes: 500, tookMs: 0 }, null), 0);
  });
});
