import assert from 'node:assert/strict';
import { type FactSpan, type Facts, factCounts, type MarkedFacts, scoreOf, valuesOf } from '@epee/exits';
import fc from 'fast-check';

const span = (id: string, label: string, start: number, end: number, given: Parameters<typeof valuesOf>[1] = {}): FactSpan => ({
  ...{ id, label, start, end },
  values: valuesOf(label, given),
});
const wantedOf = (facts: Facts, over: Partial<MarkedFacts> = {}): MarkedFacts => ({
  ...facts,
  labels: new Set(['problem', 'medication', 'dose']),
  relationLabels: new Set(['has_dose', 'adverse_effect']),
  ignored: [],
  origin: null,
  ...over,
});
const NOTE: Facts = {
  entities: [
    span('a', 'problem', 0, 10, { certainty: 'absent' }),
    span('b', 'medication', 20, 30, { action: 'stop' }),
    span('c', 'dose', 31, 36),
    span('d', 'problem', 40, 50),
  ],
  relations: [
    { label: 'has_dose', head: 'b', tail: 'c' },
    { label: 'adverse_effect', head: 'b', tail: 'd' },
  ],
};

describe('counts of facts', () => {
  it('are all right for what is wanted itself', () => {
    const counts = factCounts(NOTE, wantedOf(NOTE, { origin: 'here' }));
    for (const [name, { found, gold, right }] of Object.entries(counts)) assert.deepEqual([name, found, gold], [name, right, right]);
    assert.deepEqual(counts.all, { found: 4, gold: 4, right: 4 });
    assert.deepEqual(counts['source/here'], counts.all);
    assert.deepEqual(
      [counts.relations, counts.adverse_effect],
      [
        { found: 1, gold: 1, right: 1 },
        { found: 1, gold: 1, right: 1 },
      ],
    );
  });

  it('ask for the exact span, and for any overlap of the same label', () => {
    const found = {
      entities: [span('1', 'problem', 2, 10), span('2', 'dose', 0, 10), span('3', 'problem', 41, 44), span('4', 'problem', 45, 50)],
      relations: [],
    };
    const counts = factCounts(found, wantedOf(NOTE));
    assert.deepEqual(counts['all/problem'], { found: 3, gold: 2, right: 0 });
    assert.deepEqual(counts['overlap/problem'], { found: 3, gold: 2, right: 2 });
    assert.deepEqual(counts['overlap/dose'], { found: 1, gold: 1, right: 0 });
  });

  it('leave out labels that were not marked, and what touches an ignored range', () => {
    const found = { entities: [...NOTE.entities, span('x', 'test', 60, 64), span('y', 'problem', 69, 75)], relations: [] };
    const counts = factCounts(found, wantedOf(NOTE, { ignored: [{ start: 70, end: 72 }] }));
    assert.deepEqual(counts.all, { found: 4, gold: 4, right: 4 });
    assert.equal(counts['all/test'], undefined);
  });

  it('compare how the note speaks of entities that were found, but for what nobody marked', () => {
    const found = { entities: [span('1', 'problem', 0, 10), span('2', 'medication', 20, 30, { action: 'start' })], relations: [] };
    const masked = {
      ...NOTE,
      entities: NOTE.entities.map((own) => (own.id === 'b' ? { ...own, values: { ...own.values, time: null } } : own)),
    };
    const counts = factCounts(found, wantedOf(masked));
    assert.deepEqual(counts.certainty, { found: 2, gold: 2, right: 1 });
    assert.deepEqual(counts['certainty/absent'], { found: 0, gold: 1, right: 0 });
    assert.deepEqual(counts['certainty/present'], { found: 2, gold: 1, right: 1 });
    assert.deepEqual(counts.time, { found: 1, gold: 1, right: 1 });
    assert.deepEqual(
      [counts['action/stop'], counts['action/start']],
      [
        { found: 0, gold: 1, right: 0 },
        { found: 1, gold: 0, right: 0 },
      ],
    );
  });

  it('count a relation end to end, with ends that overlap, and among entities that are right', () => {
    const entities = [span('m', 'medication', 20, 30), span('n', 'dose', 31, 35), span('p', 'problem', 40, 50)];
    const relations = [
      { label: 'has_dose', head: 'm', tail: 'n' },
      { label: 'adverse_effect', head: 'm', tail: 'p' },
    ];
    const counts = factCounts({ entities, relations }, wantedOf(NOTE));
    assert.deepEqual(counts['relations/has_dose'], { found: 1, gold: 1, right: 0 });
    assert.deepEqual(counts['relations overlap/has_dose'], { found: 1, gold: 1, right: 1 });
    assert.deepEqual(counts['relations given/has_dose'], { found: 0, gold: 0, right: 0 });
    assert.deepEqual(counts.adverse_effect, { found: 1, gold: 1, right: 1 });
  });

  it('never have more right than found or wanted, and overlap never less than exact', () => {
    const spans = fc.array(
      fc.record({ label: fc.constantFrom('problem', 'medication', 'dose'), start: fc.nat(30), length: fc.integer({ min: 1, max: 8 }) }),
      { maxLength: 12 },
    );
    const facts = spans.map(
      (all): Facts => ({
        entities: all.map(({ label, start, length }, at) => span(`e${at}`, label, start, start + length)),
        relations: all.slice(1).map((_, at) => ({ label: 'has_dose', head: `e${at}`, tail: `e${at + 1}` })),
      }),
    );
    fc.assert(
      fc.property(facts, facts, (found, gold) => {
        const counts = factCounts(found, wantedOf(gold));
        for (const [name, own] of Object.entries(counts)) assert.ok(own.right <= Math.min(own.found, own.gold), name);
        assert.ok(counts.overlap!.right >= counts.all!.right);
        assert.ok(scoreOf(counts.all!).f1 <= 100);
      }),
    );
  });
});
