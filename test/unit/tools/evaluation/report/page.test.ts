import assert from 'node:assert/strict';
import { depthTable } from '@epee/exits';
import { curvesOf, gridOf, hardestOf, headsOf } from '../../../../../tools/evaluation/curves/analysis.ts';
import { evaluationPage } from '../../../../../tools/evaluation/report/page.ts';
import type { EvaluationReport, ViewReport } from '../../../../../tools/evaluation/report/report.ts';
import { evaluationText } from '../../../../../tools/evaluation/report/text.ts';
import { viewsOf } from '../../../../../tools/evaluation/score/views.ts';
import { cases, model, probes } from '../analysed.ts';

describe('the analysis of an evaluation', () => {
  const [curve] = curvesOf(cases, gridOf(4), model);
  const views = viewsOf(model, null);
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
    const text = evaluationText(report, 100);
    assert.ok(
      evaluationText(report)
        .split('\n')
        .every((line) => !/^ *-{3}/.test(line) || line.length <= 80),
      'tables fit 80 characters',
    );
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
