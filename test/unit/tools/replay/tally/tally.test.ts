import assert from 'node:assert/strict';
import fc from 'fast-check';
import { divergence } from '../../../../../tools/replay/tally/drift-tally.ts';
import { adverseDocument, eventDocument, type Labels } from '../../../../../tools/replay/tally/labels.ts';
import type { ReplayedDocument } from '../../../../../tools/replay/tally/replayed-document.ts';
import { createReplayTally } from '../../../../../tools/replay/tally/tally.ts';
import { facts, item, RUN, replayed, result } from './documents.ts';

function reportOf(documents: readonly ReplayedDocument[], { policies = ['full', 'fast'], labels = null as Labels | null } = {}) {
  const tally = createReplayTally({ variants: facts(...policies), labels, resamples: 200 });
  for (const document of documents) tally.add(document);
  return tally.report(RUN, 0);
}

const found = (...labels: string[]) => ({ entities: labels.map((label, at) => item(`${10 * at}-${10 * at + 5}`, label)) });

const anyFound = fc.array(fc.constantFrom('Effect', 'Drug', 'Dose'), { maxLength: 5 }).map((labels) => found(...labels));

describe('a comparison', () => {
  it('of a variant with itself agrees fully', () =>
    fc.assert(
      fc.property(fc.array(anyFound, { minLength: 1, maxLength: 10 }), (all) => {
        const { comparisons } = reportOf(all.map((own, at) => replayed(at, [result(own), result(own)])));
        const [{ tasks, identical, layersSaved, worst, changes }] = comparisons as [(typeof comparisons)[0]];
        const { agreement, lost, gained, changed, a } = tasks.entities;
        assert.deepEqual([lost, gained, changed, worst.length, changes.length], [0, 0, 0, 0, 0]);
        assert.equal(a === 0 ? 1 : agreement.value, 1);
        assert.deepEqual([identical.value, identical.low, identical.high], [1, 1, 1]);
        assert.equal(layersSaved.value, 0);
      }),
      { numRuns: 30 },
    ));

  it('turns round with its variants', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(anyFound, anyFound), { minLength: 1, maxLength: 10 }), (pairs) => {
        const [there, back] = [
          reportOf(pairs.map(([a, b], at) => replayed(at, [result(a), result(b)]))),
          reportOf(pairs.map(([a, b], at) => replayed(at, [result(b), result(a)]))),
        ].map(({ comparisons }) => comparisons[0]!);
        assert.deepEqual(there!.tasks.entities.agreement, back!.tasks.entities.agreement);
        assert.deepEqual(
          [there!.tasks.entities.lost, there!.tasks.entities.gained, there!.tasks.entities.changed],
          [back!.tasks.entities.gained, back!.tasks.entities.lost, back!.tasks.entities.changed],
        );
        assert.deepEqual(there!.tasks.entities.lostShare, back!.tasks.entities.gainedShare);
      }),
      { numRuns: 30 },
    ));

  it('does not depend on the order of the documents', () => {
    const documents = Array.from({ length: 30 }, (_, at) => {
      const own = {
        entities: found(...(at % 3 === 0 ? ['Drug'] : ['Effect'])).entities.map((each) => ({ ...each, confidence: 1 / (at + 3) })),
      };
      const rows = { events: { rows: 1, entropySum: 1 / (at + 7), exits: { '1e': 1 } } };
      return replayed(at, [result(found('Effect', 'Drug')), result(own, { layersRun: 4, computeMs: 10 / (at + 3), rows })]);
    });
    assert.deepEqual(reportOf(documents), reportOf([...documents].reverse()));
  });

  it('counts what was lost, gained and changed, by task and label', () => {
    const { comparisons } = reportOf([
      replayed(0, [result(found('Effect', 'Drug')), result(found('Effect', 'Dose'), { layersRun: 3, computeMs: 5 })]),
      replayed(1, [
        result({ ...found('Effect'), events: [item('0-4', 'Adverse_event')] }),
        result(found('Effect', 'Drug'), { layersRun: 3, computeMs: 5 }),
      ]),
    ]);
    const { tasks, labels, changes, worst, layersSaved, timeSaved, identical } = comparisons[0]!;
    const { a, b, both, lost, gained, changed } = tasks.entities;
    assert.deepEqual({ a, b, both, lost, gained, changed }, { a: 3, b: 4, both: 2, lost: 0, gained: 1, changed: 1 });
    assert.equal(tasks.entities.agreement.value, 4 / 7);
    assert.deepEqual([tasks.events.lost, tasks.events.agreement.value], [1, 0]);
    assert.deepEqual(changes, [{ task: 'entities', from: 'Drug', to: 'Dose', count: 1 }]);
    assert.deepEqual(
      labels.find(({ label }) => label === 'Drug'),
      { task: 'entities', label: 'Drug', kept: 0, lost: 0, gained: 1, changed: 1 },
    );
    assert.deepEqual([layersSaved.value, timeSaved.value, identical.value], [0.75, 0.5, 0]);
    assert.deepEqual(
      worst.map(({ documentId, differences, of }) => [documentId, differences, of]),
      [
        ['d1', 2, 3],
        ['d0', 1, 2],
      ],
    );
  });

  it('names the documents with the most differences, at most twenty', () => {
    const documents = Array.from({ length: 60 }, (_, at) =>
      replayed(at, [result(found(...Array.from({ length: at }, () => 'Effect'))), result({})]),
    );
    const { worst } = reportOf(documents).comparisons[0]!;
    assert.deepEqual(
      worst.map(({ documentId }) => documentId),
      Array.from({ length: 20 }, (_, at) => `d${59 - at}`),
    );
  });

  it('leaves out documents of which only one variant has a result, and counts them', () => {
    const failure = { kind: 'failure', code: 'ENGINE_NON_FINITE' } as const;
    const { comparisons, variants } = reportOf([
      replayed(0, [result(found('Effect')), failure]),
      replayed(1, [failure, result(found('Effect'))]),
      replayed(2, [failure, failure]),
    ]);
    const { documents, onlyA, onlyB, tasks } = comparisons[0]!;
    assert.deepEqual([documents, onlyA, onlyB, tasks.entities.a], [0, 1, 1, 0]);
    assert.deepEqual(
      variants.map(({ results, failures }) => [results, failures]),
      [
        [1, { ENGINE_NON_FINITE: 2 }],
        [1, { ENGINE_NON_FINITE: 2 }],
      ],
    );
    assert.ok(Number.isNaN(tasks.entities.agreement.value));
  });

  it('compares the first with each other one', () => {
    const { comparisons } = reportOf([replayed(0, [result({}), result({}), result({})])], { policies: ['full', 'careful', 'fast'] });
    assert.deepEqual(
      comparisons.map(({ a, b }) => `${a}${b}`),
      ['AB', 'AC'],
    );
  });

  it('is none where there is one variant', () =>
    assert.deepEqual(reportOf([replayed(0, [result({})])], { policies: ['fast'] }).comparisons, []));
});

describe('exits and drift', () => {
  it('add up rows by task, layer and reason', () => {
    const rows = { events: { rows: 3, entropySum: 0.6, exits: { '1e': 2, '3f': 1 } } };
    const { variants } = reportOf([replayed(0, [result({}, { rows }), result({})]), replayed(1, [result({}, { rows }), result({})])]);
    assert.deepEqual(variants[0]!.exits.events, {
      rows: 6,
      meanEntropy: 0.2,
      layers: [
        { layer: 1, entropy: 4, patience: 0, final: 0 },
        { layer: 2, entropy: 0, patience: 0, final: 0 },
        { layer: 3, entropy: 0, patience: 0, final: 2 },
      ],
    });
  });

  it('show labels and entropy that change over time', () => {
    const documents = Array.from({ length: 40 }, (_, at) =>
      replayed(at, [
        result(found(at < 20 ? 'Drug' : 'Effect'), { rows: { events: { rows: 1, entropySum: at < 20 ? 0.1 : 0.5, exits: { '1e': 1 } } } }),
        result(found('Drug')),
      ]),
    );
    const { stretches, classes, widthMs } = reportOf(documents).drift;
    assert.equal(widthMs, 1000);
    assert.equal(stretches.length, 40);
    assert.deepEqual([stretches[0]!.variants.A!.meanEntropy, stretches[39]!.variants.A!.meanEntropy], [0.1, 0.5]);
    assert.deepEqual([stretches[0]!.agreement.B, stretches[39]!.agreement.B], [1, 0]);
    assert.ok(stretches[0]!.variants.A!.classShift! > 0.2);
    assert.equal(stretches[0]!.variants.B!.classShift, 0);
    assert.deepEqual(
      classes.A!.map(({ label, earlier, later }) => [label, earlier, later]),
      [
        ['Drug', 1, 0],
        ['Effect', 0, 1],
      ],
    );
  });

  it('measure how far label counts are apart, from 0 to 1', () => {
    const counts = (...all: [string, number][]) => new Map(all);
    assert.equal(divergence(counts(['a', 2], ['b', 2]), counts(['a', 10], ['b', 10])), 0);
    assert.equal(divergence(counts(['a', 2]), counts(['b', 7])), 1);
    const one = divergence(counts(['a', 3], ['b', 1]), counts(['a', 1], ['b', 1]));
    assert.ok(Math.abs(one - divergence(counts(['a', 1], ['b', 1]), counts(['a', 3], ['b', 1]))) < 1e-12 && one > 0 && one < 1);
  });
});

describe('scores on labels', () => {
  const span = (label: string, start: number, end: number) => ({ label, start, end });
  const labels = (documents: Labels['documents'], parts = ['trigger', 'main', 'sub', 'all']): Labels => ({
    file: 'gold.jsonl',
    parts,
    documents,
  });

  it('are those of exact spans, with the difference between variants', () => {
    const gold = eventDocument({
      trigger: [span('Adverse_event', 0, 4)],
      main: [span('Effect', 5, 9)],
      sub: [span('Treatment.Drug', 10, 12)],
    });
    const right = { events: [item('0-4', 'Adverse_event')], entities: [item('5-9', 'Effect'), item('10-12', 'Treatment.Drug')] };
    const half = { events: [item('0-4', 'Adverse_event')], entities: [item('5-8', 'Effect')] };
    const { labels: scores } = reportOf([replayed(0, [result(right), result(half)]), replayed(1, [result(right), result(half)])], {
      labels: labels(
        new Map([
          ['d0', gold],
          ['absent', gold],
        ]),
      ),
    });
    assert.deepEqual([scores!.documents, scores!.missing], [1, 1]);
    const f1 = (id: string) => Object.values(scores!.scores[id]!).map((score) => score.f1);
    assert.deepEqual(f1('A'), [100, 100, 100, 100]);
    assert.deepEqual(f1('B'), [100, 0, 0, 40]);
    assert.equal(scores!.differences.B!.all!.value, -60);
  });

  it('count a failed record as nothing found', () => {
    const { labels: scores } = reportOf(
      [replayed(0, [result({ events: [item('0-4', 'Adverse_event')] }), { kind: 'failure', code: 'TEXT_EMPTY' }])],
      {
        labels: labels(new Map([['d0', adverseDocument(true)]]), ['adverse']),
      },
    );
    assert.deepEqual([scores!.scores.A!.adverse!.recall, scores!.scores.B!.adverse!.recall], [100, 0]);
  });
});
