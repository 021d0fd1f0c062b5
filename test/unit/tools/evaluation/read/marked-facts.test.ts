import assert from 'node:assert/strict';
import type { AssertionItem, FactsItem } from '@epee/labelled-data';
import { assertionJudge, factJudge, factsIn, relationLabelsOf } from '../../../../../tools/evaluation/read/marked-facts.ts';
import { markedResult } from '../../../../support/marked-note.ts';

const TEXT = 'No fever. Aspirin stopped.';
const item = (over: Partial<FactsItem> = {}): FactsItem => ({
  id: 'n',
  text: TEXT,
  labelled: ['problem', 'medication'],
  entities: [
    { id: 'a', label: 'problem', start: 3, end: 8, certainty: 'absent' },
    { id: 'b', label: 'medication', start: 10, end: 17 },
  ],
  relations: [],
  meta: {},
  ...over,
});
const found = factsIn(
  markedResult(TEXT, [
    { label: 'problem', text: 'fever', confidence: 0.7 },
    { label: 'medication', text: 'Aspirin', action: 'stop', confidence: 0.8 },
    { label: 'severity', text: 'stopped' },
  ]),
);
const countsOf = (over: Partial<FactsItem>) => factJudge(item(over), new Set()).countsOf(found);

describe('marked facts', () => {
  it('have the defaults where an axis is marked throughout and not named', () => {
    const counts = countsOf({});
    assert.deepEqual(counts.certainty, { found: 2, gold: 2, right: 1 });
    assert.deepEqual(counts['action/none'], { found: 0, gold: 1, right: 0 });
  });

  it('say nothing where an axis is marked in part, or of this entity is not', () => {
    const partly = countsOf({ meta: { axes: { certainty: 'partial', action: 'allergy only', time: 'none' } } });
    assert.deepEqual([partly.certainty, partly.action, partly.time], [{ found: 1, gold: 1, right: 0 }, undefined, undefined]);
    const masked = countsOf({ meta: { maskAssertion: [{ id: 'a', axes: ['certainty'] }] } });
    assert.deepEqual(masked.certainty, { found: 1, gold: 1, right: 1 });
  });

  it('judge only labels that were marked, outside of ignored ranges', () => {
    const judged = factJudge(item({ meta: { ignore: [[9, 12]] } }), new Set()).judge(found);
    assert.deepEqual(judged, [{ label: 'problem', confidence: 0.7, right: true }]);
  });

  it('score relations of labels that the file knows', () => {
    const labels = relationLabelsOf([item({ relations: [{ label: 'adverse_effect', head: 'b', tail: 'a' }] }), item()]);
    assert.deepEqual([...labels], ['adverse_effect']);
  });
});

describe('a marked phrase', () => {
  const phrase: AssertionItem = {
    id: 's',
    text: TEXT,
    target: { start: 0, end: 8, text: 'No fever' },
    certainty: 'absent',
    time: 'current',
    subject: 'patient',
  };

  it('is judged by the entity that overlaps it most', () => {
    const absent = factsIn(
      markedResult(TEXT, [
        { label: 'test', text: 'No' },
        { label: 'problem', text: 'fever', certainty: 'absent' },
      ]),
    );
    const counts = assertionJudge(phrase).countsOf(absent);
    assert.deepEqual(
      [counts.found, counts['certainty/absent']],
      [
        { found: 1, gold: 1, right: 1 },
        { found: 1, gold: 1, right: 1 },
      ],
    );
  });

  it('counts as not found where no entity overlaps it, and its axes do not count', () => {
    const counts = assertionJudge(phrase).countsOf(factsIn(markedResult(TEXT, [{ label: 'medication', text: 'Aspirin' }])));
    assert.deepEqual(counts, { found: { found: 1, gold: 1, right: 0 } });
  });
});
