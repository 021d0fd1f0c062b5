import assert from 'node:assert/strict';
import fc from 'fast-check';
import { differenceOf } from '../../../../../tools/replay/tally/compare.ts';
import { itemsOf } from '../../../../../tools/replay/tally/items.ts';
import { sampleResult } from '../../../services/cli/support.ts';
import { item } from './documents.ts';

const anyItems = fc.array(
  fc.record({ place: fc.constantFrom('0-1', '0-2', '3-9'), label: fc.constantFrom('Effect', 'Drug', 'Dose'), confidence: fc.constant(1) }),
);

describe('the difference of two answers', () => {
  for (const [what, a, b, expected] of [
    ['nothing on both sides', [], [], {}],
    ['the same on both sides', [item('0-4', 'x')], [item('0-4', 'x')], { kept: ['x'] }],
    ['another confidence', [item('0-4', 'x', 0.5)], [item('0-4', 'x', 0.9)], { kept: ['x'] }],
    ['a lost one', [item('0-4', 'x'), item('5-6', 'y')], [item('0-4', 'x')], { kept: ['x'], lost: ['y'] }],
    ['a gained one', [], [item('0-4', 'x')], { gained: ['x'] }],
    ['another label', [item('0-4', 'x')], [item('0-4', 'y')], { changed: [{ from: 'x', to: 'y' }] }],
    ['another place', [item('0-4', 'x')], [item('0-5', 'x')], { lost: ['x'], gained: ['x'] }],
    [
      'two labels at one place',
      [item('0-4', 'x'), item('0-4', 'y')],
      [item('0-4', 'z')],
      { changed: [{ from: 'x', to: 'z' }], lost: ['y'] },
    ],
    ['the same twice', [item('0-4', 'x'), item('0-4', 'x')], [item('0-4', 'x')], { kept: ['x'] }],
  ] as const) {
    it(`sees ${what}`, () => {
      const { kept, lost, gained, changed } = differenceOf(a, b);
      assert.deepEqual({ kept, lost, gained, changed }, { kept: [], lost: [], gained: [], changed: [], ...expected });
    });
  }

  it('is none between an answer and itself', () =>
    fc.assert(
      fc.property(anyItems, (own) => {
        const { a, b, both, lost, gained, changed } = differenceOf(own, own);
        assert.deepEqual([a, b, lost, gained, changed], [both, both, [], [], []]);
      }),
    ));

  it('turns round with its sides', () =>
    fc.assert(
      fc.property(anyItems, anyItems, (one, other) => {
        const [there, back] = [differenceOf(one, other), differenceOf(other, one)];
        assert.deepEqual([...there.lost].sort(), [...back.gained].sort());
        assert.deepEqual([...there.gained].sort(), [...back.lost].sort());
        const words = (changes: readonly { from: string; to: string }[]) => changes.map(({ from, to }) => `${from} ${to}`).sort();
        assert.deepEqual(words(there.changed), words(back.changed.map(({ from, to }) => ({ from: to, to: from }))));
        assert.deepEqual([there.a, there.b, there.both], [back.b, back.a, back.both]);
      }),
    ));

  it('accounts for every item once', () =>
    fc.assert(
      fc.property(anyItems, anyItems, (one, other) => {
        const { a, b, both, lost, gained, changed, kept } = differenceOf(one, other);
        assert.equal(a, both + changed.length + lost.length);
        assert.equal(b, both + changed.length + gained.length);
        assert.equal(both, kept.length);
      }),
    ));
});

describe('what of a result is compared', () => {
  it('stands at its own place; a relation at those of head and tail', () => {
    const { sections, events, entities, relations } = itemsOf(sampleResult());
    assert.deepEqual(
      [sections, events, entities, relations].map((all) => all.map(({ place, label }) => `${place} ${label}`)),
      [['0-36 plan'], ['5-10 Adverse_event'], ['0-4 Effect', '20-31 Treatment.Drug'], ['20-31>0-4 adverse_effect']],
    );
  });
});
