import assert from 'node:assert/strict';
import { ANY_CONFIDENCE, belowConfidence, parseMinConfidence } from '@epee/records';
import fc from 'fast-check';
import { markedResult } from '../../../support/marked-note.ts';
import { shownResult } from '../../../support/shown-note.ts';

const result = markedResult('Aspirin 75 mg gave her hives.', [
  {
    label: 'medication',
    text: 'Aspirin',
    confidence: 0.4,
    links: [
      ['has_dose', 1],
      ['adverse_effect', 2],
    ],
  },
  { label: 'dose', text: '75 mg', confidence: 0.9 },
  { label: 'problem', text: 'hives', confidence: 0.7 },
]);

describe('lowest confidence', () => {
  it('is read as a number for all, by label, or both', () => {
    assert.deepEqual(parseMinConfidence(''), ANY_CONFIDENCE);
    assert.deepEqual(parseMinConfidence('0.5'), { others: 0.5, byLabel: {} });
    assert.deepEqual(parseMinConfidence('problem=0.6, Treatment.Drug=1,.25'), {
      others: 0.25,
      byLabel: { problem: 0.6, 'Treatment.Drug': 1 },
    });
    for (const text of ['1.1', '-1', 'x', 'a=', '=0.5', 'a=0.5,a=0.6', '0.5,0.6', 'a=b=0.5', 'NaN'])
      assert.equal(parseMinConfidence(text), null, text);
  });

  it('leaves a result as it is where all is sure enough', () => {
    assert.equal(belowConfidence(result, ANY_CONFIDENCE).result, result);
    assert.equal(belowConfidence(result, { others: 0.4, byLabel: {} }).result, result);
  });

  it('takes the relations along that need what is left out, and says why', () => {
    const { result: kept, leftOut } = belowConfidence(result, { others: 0, byLabel: { medication: 0.5 } });
    assert.deepEqual(
      kept.entities.map(({ text }) => text),
      ['75 mg', 'hives'],
    );
    assert.deepEqual(kept.relations, []);
    assert.deepEqual(
      leftOut.map(({ kind, label, needs, minConfidence }) => [kind, label, needs, minConfidence]),
      [
        ['relation', 'adverse_effect', ['e1'], 0],
        ['relation', 'has_dose', ['e1'], 0],
        ['entity', 'medication', [], 0.5],
      ],
    );
  });

  it('takes an adverse event along with its last drug or effect', () => {
    const shown = shownResult();
    const unsure = { ...shown, entities: shown.entities.map((own) => (own.id === 'e9' ? { ...own, confidence: 0.1 } : own)) };
    assert.deepEqual(belowConfidence(unsure, { others: 0.2, byLabel: {} }).result.events, []);
    assert.equal(belowConfidence(shown, { others: 0.2, byLabel: {} }).result.events.length, 1);
    assert.deepEqual(belowConfidence(shown, { others: 0, byLabel: { Adverse_event: 0.9 } }).result.events, []);
  });

  it('never leaves anything that points to what is gone, and loses nothing without saying so', () => {
    const shown = shownResult();
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (own, others) => {
          const unsure = { ...shown, entities: shown.entities.map((entity, at) => ({ ...entity, confidence: own[at]! })) };
          const { result: kept, leftOut } = belowConfidence(unsure, { others, byLabel: {} });
          const ids = new Set(kept.entities.map(({ id }) => id));
          for (const { headId, tailId } of kept.relations) assert.ok(ids.has(headId) && ids.has(tailId));
          for (const event of kept.events) for (const { entityId } of event.arguments) assert.ok(ids.has(entityId));
          const sizes = (all: typeof shown) => all.entities.length + all.events.length + all.relations.length;
          assert.equal(sizes(kept) + leftOut.length, sizes(unsure));
        },
      ),
    );
  });
});
