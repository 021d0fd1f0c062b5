import assert from 'node:assert/strict';
import {
  addCounts,
  type Counts,
  depthTable,
  type LabelledSpan,
  labelCounts,
  NO_COUNTS,
  type RowExit,
  scoreOf,
  spanCounts,
  yesCounts,
} from '@epee/exits';
import fc from 'fast-check';

const span = (label: string, start: number, end: number): LabelledSpan => ({ label, start, end });
const sum = (all: readonly Counts[]) => all.reduce(addCounts, NO_COUNTS);
const spans = fc.array(
  fc
    .tuple(fc.constantFrom('drug', 'effect'), fc.nat(5), fc.integer({ min: 1, max: 3 }))
    .map(([label, start, length]) => span(label, start, start + length)),
  { maxLength: 8 },
);

describe('span scores', () => {
  it('count a span as right only where label, start and end agree', () => {
    const gold = [span('drug', 0, 4), span('effect', 6, 9)];
    assert.deepEqual(spanCounts([span('drug', 0, 4)], gold), { found: 1, gold: 2, right: 1 });
    assert.deepEqual(spanCounts([span('effect', 0, 4)], gold).right, 0);
    assert.deepEqual(spanCounts([span('drug', 1, 4)], gold).right, 0);
    assert.deepEqual(spanCounts([span('drug', 0, 5)], gold).right, 0);
  });

  it('count the same span once, on both sides', () => {
    const twice = [span('drug', 0, 4), span('drug', 0, 4)];
    assert.deepEqual(spanCounts(twice, twice), { found: 1, gold: 1, right: 1 });
  });

  it('tell offsets and labels that look alike apart', () => {
    assert.equal(spanCounts([span('1 b', 2, 3)], [span('b', 2, 31)]).right, 0);
  });

  it('are symmetric: precision of one side is recall of the other', () => {
    fc.assert(
      fc.property(spans, spans, (one, other) => {
        const [there, back] = [scoreOf(spanCounts(one, other)), scoreOf(spanCounts(other, one))];
        assert.deepEqual([there.precision, there.recall, there.f1], [back.recall, back.precision, back.f1]);
      }),
    );
  });

  it('stay within 0 and 100, with F1 between precision and recall, and 100 only for equal sets', () => {
    fc.assert(
      fc.property(spans, spans, (found, gold) => {
        const counts = spanCounts(found, gold);
        const { precision, recall, f1 } = scoreOf(counts);
        assert.ok(f1 >= Math.min(precision, recall) - 1e-9 && f1 <= Math.max(precision, recall) + 1e-9);
        assert.ok(precision <= 100 && recall <= 100);
        assert.equal(f1 === 100, counts.right > 0 && counts.right === counts.found && counts.right === counts.gold);
      }),
    );
  });

  it('are micro scores: texts add up before they are divided', () => {
    const score = scoreOf(sum([spanCounts([span('a', 0, 1)], [span('a', 0, 1)]), spanCounts([], [span('a', 0, 1), span('a', 2, 3)])]));
    assert.equal(score.precision, 100);
    assert.ok(Math.abs(score.recall - 100 / 3) < 1e-9);
    assert.equal(score.f1, 50);
  });

  it('are 0 where nothing is right or nothing is there', () => {
    assert.deepEqual(scoreOf(NO_COUNTS), { precision: 0, recall: 0, f1: 0 });
    assert.deepEqual(scoreOf({ found: 3, gold: 0, right: 0 }), { precision: 0, recall: 0, f1: 0 });
  });
});

describe('label scores', () => {
  const pairs = [
    ['dosage', 'dosage'],
    ['none', 'route'],
    ['route', 'none'],
    ['dosage', 'route'],
    ['none', 'none'],
  ] as const;

  it('leave a label that means nothing out on either side', () => {
    assert.deepEqual(sum(pairs.map(([found, gold]) => labelCounts(found, gold, 'none'))), { found: 3, gold: 3, right: 1 });
  });

  it('are the accuracy where every label counts', () => {
    const { precision, recall, f1 } = scoreOf(sum(pairs.map(([found, gold]) => labelCounts(found, gold, null))));
    assert.deepEqual([precision, recall, f1], [40, 40, 40]);
  });

  it('count a right no nowhere', () => {
    assert.deepEqual(sum([yesCounts(true, true), yesCounts(true, false), yesCounts(false, true), yesCounts(false, false)]), {
      found: 2,
      gold: 2,
      right: 1,
    });
  });
});

describe('depth of rows', () => {
  const row = (exitLayer: number, tokens: number, exitReason: RowExit['exitReason'] = 'entropy'): RowExit => ({
    exitLayer,
    tokens,
    exitReason,
  });

  it('weighs rows alike, and by their tokens', () => {
    const table = depthTable([row(1, 10), row(4, 30, 'final')], 4);
    assert.equal(table.meanExitLayer, 2.5);
    assert.equal(table.rowSpeedUp, 1.6);
    assert.ok(Math.abs(table.tokenSpeedUp - 160 / 130) < 1e-12);
    assert.equal(table.layersSaved, 3 / 8);
  });

  it('shows where rows left and why', () => {
    const table = depthTable([row(1, 5), row(2, 5, 'patience'), row(2, 5), row(3, 5, 'final')], 3);
    assert.deepEqual(table.exits, [
      { layer: 1, entropy: 1, patience: 0, final: 0 },
      { layer: 2, entropy: 1, patience: 1, final: 0 },
      { layer: 3, entropy: 0, patience: 0, final: 1 },
    ]);
  });

  it('saves nothing without rows', () => {
    const { rowSpeedUp, tokenSpeedUp, layersSaved, rows } = depthTable([], 12);
    assert.deepEqual([rowSpeedUp, tokenSpeedUp, layersSaved, rows], [1, 1, 0, 0]);
  });

  it('gives both speed-ups the same value where all rows are of one length', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), fc.integer({ min: 1, max: 99 }), (layers, tokens) => {
        const { rowSpeedUp, tokenSpeedUp } = depthTable(
          layers.map((layer) => row(layer, tokens)),
          6,
        );
        assert.ok(Math.abs(rowSpeedUp - tokenSpeedUp) < 1e-9 && rowSpeedUp >= 1 && rowSpeedUp <= 6);
      }),
    );
  });
});
