import assert from 'node:assert/strict';
import { combineAssertion, combineAxis } from '../../../../../shared/pure/text/facts/combine.ts';
import type { ContextAxis } from '../../../../../shared/pure/text/facts/types.ts';

const cue = { start: 0, end: 6 };
const absent: ContextAxis<'present' | 'absent'> = { value: 'absent', source: 'cue', cue, strength: 0.97 };

describe('rules and model together', () => {
  it('without a model the rules decide', () => {
    assert.deepEqual(combineAxis(absent, null), { value: 'absent', source: 'cue', cue });
  });

  it('a sure model wins, and a cue that agrees is its evidence', () => {
    assert.deepEqual(combineAxis(absent, { present: 0.99, absent: 0.01 }), { value: 'present', source: 'model', cue: null });
    assert.deepEqual(combineAxis(absent, { present: 0.01, absent: 0.99 }), { value: 'absent', source: 'model', cue });
  });

  it('a cue turns an unsure model, a heading only a very unsure one', () => {
    assert.equal(combineAxis(absent, { present: 0.7, absent: 0.3 }).source, 'cue');
    const heading: ContextAxis<'current' | 'past'> = { value: 'past', source: 'section', cue: null, strength: 0.9 };
    assert.equal(combineAxis(heading, { current: 0.7, past: 0.3 }).value, 'current');
    assert.equal(combineAxis(heading, { current: 0.55, past: 0.45 }).value, 'past');
  });

  it('only medications have an action, and none is none', () => {
    const plain = <Value extends string>(value: Value) => ({ value, source: 'default' as const, cue: null, strength: 0.9 });
    const mention = (label: string) => ({
      span: { label, start: 0, end: 3 },
      certainty: plain('present' as const),
      time: plain('current' as const),
      subject: plain('patient' as const),
      action: null,
    });
    const opinion = { certainty: null, time: null, subject: null };
    assert.equal(combineAssertion(mention('problem'), { ...opinion, action: { start: 1 } }).action, null);
    assert.equal(combineAssertion(mention('medication'), { ...opinion, action: { none: 0.9, start: 0.1 } }).action, null);
    assert.equal(combineAssertion(mention('medication'), { ...opinion, action: { none: 0.1, start: 0.9 } }).action?.value, 'start');
  });
});
