import assert from 'node:assert/strict';
import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import type { Row } from '@epee/model';
import { rowError } from '../../../../shared/adapters/engine/schedule/row-check.ts';
import { eventRow, layout, relationRow, sectionRow } from './fixtures.ts';

describe('rowError', () => {
  it('accepts valid rows of every kind, up to the limit of the task', () => {
    for (const row of [sectionRow('a', 8), eventRow('b', 12), relationRow('c'), sectionRow('d', 1)])
      assert.equal(rowError(row, FULL_DEPTH, layout), null);
  });

  const section = sectionRow('a');
  const event = eventRow('b');
  const { wordMask: _, ...unmasked } = event;
  const { markers: __, ...unmarked } = relationRow('c');
  const cases: readonly [string, Row, RegExp][] = [
    ['an unknown task', { ...section, task: 'other' }, /no task 'other'; its tasks are sections, events, relations/],
    ['no tokens', { ...section, tokenIds: new Int32Array() }, /tokenIds is empty/],
    ['too many tokens', sectionRow('a', 9), /tokenIds has 9 tokens; the limit of the task is 8/],
    ['a negative token', { ...section, tokenIds: Int32Array.of(2, -1) }, /tokenIds\[1\] is outside the vocabulary of 50/],
    ['a token beyond the vocabulary', { ...section, tokenIds: Int32Array.of(50) }, /tokenIds\[0\] is outside the vocabulary of 50/],
    ['a tagging row without mask', unmasked, /wordMask is missing/],
    ['a mask of another length', { ...event, wordMask: new Uint8Array(3) }, /wordMask has 3 values for 4 tokens/],
    ['a mask that is no mask', { ...event, wordMask: Uint8Array.of(0, 2, 1, 0) }, /wordMask\[1\] is 2, but must be 0 or 1/],
    [
      'a mask on a pooled row',
      { ...section, wordMask: new Uint8Array(4) },
      /it has a wordMask, but the task is classification, not tagging/,
    ],
    ['a relation row without markers', unmarked, /markers are missing/],
    ['a marker behind the row', relationRow('c', [1, 6]), /markers has position 6, but the row has 6 tokens/],
    ['a negative marker', relationRow('c', [-1, 2]), /markers has position -1/],
    ['a marker between tokens', relationRow('c', [1.5, 2]), /markers has position 1\.5/],
    ['markers on another row', { ...section, markers: [0, 1] }, /it has markers, but the task is classification, not relation/],
  ];
  for (const [name, row, expected] of cases) {
    it(`refuses ${name}`, () => {
      const error = rowError(row, FULL_DEPTH, layout);
      assert.equal(error?.code, 'ENGINE_ROW_INVALID');
      assert.match(error.message, expected);
    });
  }

  it('refuses a policy out of range', () => {
    const policy: ExitPolicy = { entropyThreshold: 1.5, patience: 'off' };
    assert.match(rowError(section, policy, layout)?.message ?? '', /entropyThreshold must be a number from 0 to 1 or 'off', not 1\.5/);
  });
});
