import assert from 'node:assert/strict';
import { depthTable, FULL_DEPTH, seededRandom } from '@epee/exits';
import type { LoadedModel } from '@epee/model';
import { aurocOfView, curvesOf, gridOf, hardestOf, headsOf } from '../../../../tools/evaluation/analysis.ts';
import { evaluationPage } from '../../../../tools/evaluation/html-page.ts';
import type { EvaluationReport, ViewReport } from '../../../../tools/evaluation/report.ts';
import { evaluationTables } from '../../../../tools/evaluation/tables.ts';
import { viewsOf } from '../../../../tools/evaluation/views.ts';
import { inventedCase, labelCase } from '../../pure/exits/calibration/cases.ts';

const model: LoadedModel = {
  name: 'm',
  version: '1.0.0',
  sha256: 'f'.repeat(64),
  layers: 4,
  precision: 'fp32',
  tasks: [
    {
      name: 't',
      kind: 'classification',
      maxTokens: 9,
      labels: ['no', 'yes'],
      groups: [],
      relation: null,
      policies: { full: FULL_DEPTH, fast: { entropyThreshold: 0.3, patience: 'off' } },
    },
  ],
};
const random = seededRandom(4);
const cases = Array.from({ length: 120 }, (_, index) => inventedCase(`row-${index}`, `${index}`, random));
/** The first layer knows nothing, the last everything, though boldly. */
const probes = Array.from({ length: 60 }, (_, index) => ({
  task: 't',
  layers: [[0, 0], [0, 0.1], [0, 0.2], index % 2 === 0 ? [9, 0] : [0, 9]],
  gold: index % 2,
}));

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

  const exits = Array.from({ length: 10 }, (_, index) => ({ exitLayer: 1 + (index % 4), exitReason: 'entropy' as const, tokens: 10 }));
  const depth = depthTable(exits, 4);
  const view = (name: string, kind: 'layer' | 'policy'): ViewReport => ({
    name,
    kind,
    policies: kind === 'policy' ? { t: { entropyThreshold: 0.3, patience: 'off' } } : {},
    scores: { t: { precision: 80, recall: 80, f1: 80 } },
    intervals: { t: { low: 74.2, high: 85.1 } },
    differences: { t: { low: -2.5, high: 0.5 } },
    auroc: 0.876,
    perNote: null,
    depth,
    depthByTask: { t: depth },
  });
  const times = [
    { name: 'full depth', batchRows: 8, rows: 64, rowMs: 4, speedUp: { steady: 1, lowest: 1, highest: 1 }, tokenSpeedUp: 1 },
    { name: 'fast', batchRows: 8, rows: 64, rowMs: 2, speedUp: { steady: 2, lowest: 1.9, highest: 2.2 }, tokenSpeedUp: 2.1 },
  ];
  const report: EvaluationReport = {
    formatVersion: 1,
    model: { name: 'm', version: '1.0.0', sha256: 'f'.repeat(64), layers: 4 },
    data: { file: '/somewhere/else/dev.jsonl', kind: 'classification', items: 120, excluded: 0 },
    tasks: [
      {
        task: 't',
        items: 120,
        isAccuracy: true,
        documents: 120,
        gold: { t: 120 },
        unknownLabels: { 'strange <label>': 2 },
        views: [view('layer 1', 'layer'), view('layer 2', 'layer'), view('full', 'policy'), view('fast', 'policy')],
        analysis: {
          curves: [curve!],
          heads: headsOf(probes, probes),
          temperaturesFrom: 'train.jsonl',
          hardest: hardestOf(cases, views),
          times,
        },
      },
    ],
    engine: null,
  };

  it('is shown as tables', () => {
    const text = evaluationTables(report);
    for (const part of [
      '74.2 to 85.1',
      '-2.5 to +0.5',
      '0.876',
      't: best pairs',
      'head after layer',
      'temperatures fitted on train.jsonl',
      'hardest by mean entropy',
      '2.00 (1.90-2.20)',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  it('is shown as one page that fetches nothing, with its plots and no path of the machine', () => {
    const html = evaluationPage(report);
    for (const part of [
      'EPEE: both',
      'entropy alone',
      'patience alone',
      'Exits with fast',
      'Confidence against how often it is right',
      'hardest rows',
      'row-',
      'Time of full depth',
    ]) {
      assert.ok(html.includes(part), part);
    }
    assert.ok((html.match(/<svg/g) ?? []).length >= 6);
    assert.ok(html.includes('strange &lt;label&gt;') && !html.includes('strange <label>'));
    assert.doesNotMatch(html, /somewhere|<script|(src|href)=|NaN|undefined/);
  });
});
