import assert from 'node:assert/strict';
import { FULL_DEPTH } from '@epee/exits';
import { aurocOfView, curvesOf, gridOf, hardestOf, headsOf } from '../../../../../tools/evaluation/curves/analysis.ts';
import { viewsOf } from '../../../../../tools/evaluation/score/views.ts';
import { labelCase } from '../../../pure/exits/calibration/cases.ts';
import { cases, model, probes } from '../analysed.ts';

describe('what the logits of all layers show', () => {
  const grid = gridOf(4);
  const [curve] = curvesOf(cases, grid, model);
  const views = viewsOf(model, null);

  it('is a curve of every pair, full depth first, with the frontiers of each criterion', () => {
    assert.deepEqual(grid[0], FULL_DEPTH);
    assert.equal(curve!.points.length, grid.length);
    assert.equal(curve!.measure, 'accuracy');
    assert.ok(curve!.frontiers.epee.length > 1);
    const unlabelled = curvesOf([labelCase('a', 'a', [0, 0, 0, 0], ['x', 'x', 'x', 'x'])], grid, model);
    assert.equal(unlabelled[0]!.measure, 'agreement with full depth');
  });

  it('is how far each head can be believed, with its temperature', () => {
    const heads = headsOf(probes, probes);
    assert.deepEqual(
      heads.map(({ layer, accuracy }) => [layer, accuracy]),
      [
        [1, 0.5],
        [2, 0.5],
        [3, 0.5],
        [4, 1],
      ],
    );
    assert.ok(heads[3]!.scaled.nll <= heads[3]!.nll);
    assert.deepEqual(headsOf([], []), []);
  });

  it('is the area under the curve of a view, at the layer where it lets each row out', () => {
    const of = (name: string) => aurocOfView(views.find((view) => view.name === name)!, probes);
    assert.deepEqual([of('layer 1'), of('full'), of('fast')], [0.5, 1, 1]);
  });

  it('is which rows stay unsure, hardest first, by id', () => {
    const hardest = hardestOf(cases, views);
    assert.equal(hardest.length, 20);
    assert.ok(hardest.every(({ meanEntropy }, at) => at === 0 || meanEntropy <= hardest[at - 1]!.meanEntropy));
    assert.deepEqual([hardest[0]!.exitLayers.full, hardest[0]!.errors === null], [4, false]);
  });
});
