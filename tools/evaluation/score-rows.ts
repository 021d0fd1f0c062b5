import { rowTokens } from '@epee/engine';
import { labelCounts } from '@epee/exits';
import type { LabelledRow } from '@epee/labelled-data';
import { rowCases } from './cases.ts';
import { labelProbe } from './probes.ts';
import type { ScoredTask, TaskReport } from './report.ts';
import type { Collector, ScoringTools } from './score-texts.ts';
import { createTally, type Tally } from './tally.ts';
import { documentsOf, viewReports } from './view-reports.ts';

/** How labelled rows are scored. */
export interface RowScoring {
  readonly task: ScoredTask;
  /** All items together. */
  readonly items: number;
  /** The items' rows in portions that run together: their logits, and the pixels of images, are in memory at a time. */
  readonly portions: Iterable<readonly LabelledRow[]> | AsyncIterable<readonly LabelledRow[]>;
  /** Label that says that nothing is there; null where every label counts. */
  readonly none: string | null;
  readonly unknownLabels: Readonly<Record<string, number>>;
}

/** Scores rows of one label each: micro F1, without `none` where given, else accuracy; in `scores` under the task's name. */
export async function scoreRows({ task, items, portions, none, unknownLabels }: RowScoring, tools: ScoringTools): Promise<TaskReport> {
  const { model, answers, views, onProgress } = tools;
  const tallies = views.map(createTally);
  for await (const some of portions) {
    for (const tally of tallies) await scorePortion(some, tally, { task, none }, tools);
    if (tools.collector !== null) await collect(some, none, tools.collector, tools);
    answers.forget();
    onProgress(some.length, items);
  }
  return {
    task,
    items,
    gold: tallies[0]?.gold() ?? {},
    unknownLabels,
    isAccuracy: none === null,
    documents: documentsOf(tallies),
    views: viewReports(tallies, { layers: model.layers, notes: null }),
    analysis: null,
  };
}

async function collect(labelled: readonly LabelledRow[], none: string | null, collector: Collector, tools: ScoringTools): Promise<void> {
  collector.cases(await rowCases(labelled, none, tools));
  if (!collector.wantsProbes()) return;
  const asked = labelled.flatMap(({ row, label }) => (row === null ? [] : [{ row, label }]));
  const layers = await tools.answers.layersOf(asked.map(({ row }) => row));
  const spec = tools.model.tasks.find(({ name }) => name === labelled[0]?.task)!;
  collector.probes(asked.flatMap(({ row, label }, index) => labelProbe(row, layers[index]!, label, spec)));
}

async function scorePortion(
  labelled: readonly LabelledRow[],
  tally: Tally,
  { task, none }: Pick<RowScoring, 'task' | 'none'>,
  { model, answers, onPrediction, onRows }: ScoringTools,
): Promise<void> {
  const { view } = tally;
  const rows = labelled.flatMap(({ row }) => (row === null ? [] : [row]));
  const run = answers.runAs(view, (row, { exitLayer, exitReason }) => {
    tally.exit(row.task, { exitLayer, exitReason, tokens: rowTokens(row, model) });
  });
  const outcomes = await run(rows, { entropyThreshold: 'off', patience: 'off' });
  let next = 0;
  for (const { id, document, row, label } of labelled) {
    const outcome = row === null ? null : outcomes[next++]!;
    const found = outcome?.kind === 'pooled' ? outcome.label : (none ?? '');
    tally.count(task, labelCounts(found, label, none), document);
    if (view.kind !== 'policy') continue;
    const exits = outcome === null || outcome.kind === 'failed' ? [] : [outcome];
    await onPrediction({
      id,
      task,
      policy: view.name,
      label: found,
      exits: exits.map(({ exitLayer, exitReason }) => ({ task: row!.task, exitLayer, exitReason })),
    });
  }
  if (view.kind === 'policy') await onRows(rows, view);
}
