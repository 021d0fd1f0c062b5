import assert from 'node:assert/strict';
import { depthTable } from '@epee/exits';
import type { EvaluationReport, ViewReport } from '../../../../../tools/evaluation/report/report.ts';
import { evaluationText } from '../../../../../tools/evaluation/report/text.ts';

const score = (f1: number) => ({ precision: f1 - 1, recall: f1 + 1, f1 });
const depth = depthTable(
  [
    { exitLayer: 1, exitReason: 'entropy', tokens: 10 },
    { exitLayer: 2, exitReason: 'final', tokens: 30 },
  ],
  2,
);
const view = (name: string, kind: ViewReport['kind'], scores: ViewReport['scores'], perNote: ViewReport['perNote'] = null): ViewReport => ({
  name,
  kind,
  policies: {},
  intervals: {},
  differences: {},
  auroc: null,
  scores,
  perNote,
  depth,
  depthByTask: { events: depth },
});
type Task = EvaluationReport['tasks'][number];
const report = (task: Omit<Task, 'documents' | 'analysis' | 'isAccuracy'> & Partial<Task>): EvaluationReport => ({
  formatVersion: 1,
  model: { name: 'tiny', version: '1.0.0', sha256: '', layers: 2 },
  data: { file: 'dev.jsonl', kind: 'event', items: 2, excluded: 1 },
  tasks: [{ documents: 2, analysis: null, isAccuracy: task.task === 'sections', ...task }],
  engine: { precision: 'fp32', rows: 4, different: 1, onTheEdge: 1 },
});
const lines = (text: string) => text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());

describe('the text of an evaluation', () => {
  it('show F1 by part, depth and speed-ups, beside the published figures', () => {
    const scores = { trigger: score(70), main: score(60), sub: score(65), all: score(66.66) };
    const shown = lines(
      evaluationText(
        report({ task: 'events', items: 2, gold: { trigger: 3 }, unknownLabels: { Strange: 2 }, views: [view('fast', 'policy', scores)] }),
      ),
    );
    assert.ok(shown.includes('tiny 1.0.0 on dev.jsonl (event, 2 items, 1 left out)'));
    assert.ok(shown.includes('fast 70.0 60.0 65.0 66.7 1.50 25.0 % 1.33 1.14'), shown.join('\n'));
    assert.ok(shown.includes('PHEE authors 70.1 68.6 76.2'));
    assert.ok(shown.includes('Labels that the model does not know: Strange (2)'));
    assert.ok(shown.includes('fast, entropy 1 .') && shown.includes('fast, final . 1'));
    assert.ok(shown.includes('exit graph (fp32): 4 rows under policies, 1 differ from the exit rule, 1 of them by rounding'));
  });

  it('show precision and recall where one thing is scored, and accuracy for sections', () => {
    const relations = lines(
      evaluationText(
        report({ task: 'relations', items: 2, gold: {}, unknownLabels: {}, views: [view('layer 1', 'layer', { relations: score(50) })] }),
      ),
    );
    assert.ok(relations.some((line) => line.startsWith('layer 1 49.0 51.0 50.0')));
    const sections = evaluationText(
      report({ task: 'sections', items: 2, gold: {}, unknownLabels: {}, views: [view('layer 1', 'layer', { sections: score(50) })] }),
    );
    assert.match(sections, /accuracy/);
    assert.doesNotMatch(sections, /recall/);
  });

  it('show what is found in a note', () => {
    const shown = lines(
      evaluationText(
        report({ task: 'stream', items: 2, gold: {}, unknownLabels: {}, views: [view('full', 'policy', {}, { events: 0.5, rows: 40 })] }),
      ),
    );
    assert.ok(shown.some((line) => line.startsWith('full 0.50 40.00')));
  });
});
