import type { DepthTable, LayerExits } from '@epee/exits';
import { count, percent, stackedTable } from '@epee/terminal';
import { analysisTables, intervalTable } from './analysis-text.ts';
import { right, wholesOf } from './columns.ts';
import { factTables } from './facts-text.ts';
import type { EvaluationReport, TaskReport, ViewReport } from './report.ts';

/** F1 that PHEE's authors report on its test split (EMNLP 2022, table 4, exact match). */
const PHEE_PUBLISHED: Readonly<Record<string, number>> = { trigger: 70.1, main: 68.6, sub: 76.2 };

/** The report as tables, no wider than `width` characters. */
export function evaluationText({ model, data, tasks, engine }: EvaluationReport, width = 80): string {
  const excluded = data.excluded === 0 ? '' : `, ${count(data.excluded)} left out`;
  const read = model === null ? 'results extracted before' : `${model.name} ${model.version}`;
  const parts = [`${read} on ${data.file} (${data.kind}, ${count(data.items)} items${excluded})`];
  for (const task of tasks)
    parts.push(
      taskTable(task, model?.layers ?? null, width),
      intervalTable(task, width),
      ...factTables(task, width),
      exitTable(task, width),
      ...analysisTables(task, width),
    );
  if (engine !== null) {
    const { rows, different, onTheEdge, precision } = engine;
    parts.push(
      `exit graph (${precision}): ${count(rows)} rows under policies, ${count(different)} differ from the exit rule, ${count(onTheEdge)} of them by rounding`,
    );
  }
  return parts.filter(Boolean).join('\n\n');
}

function taskTable({ task, isAccuracy, items, gold, unknownLabels, views }: TaskReport, layers: number | null, width: number): string {
  const names = wholesOf(views);
  // Where only one thing is scored, precision and recall say more than F1 alone.
  const measures = names.length === 1 && !isAccuracy ? (['precision', 'recall', 'f1'] as const) : (['f1'] as const);
  const heading = (name: string, measure: string) => (measures.length > 1 ? measure : isAccuracy ? 'accuracy' : name);
  const perNote = Object.keys(views[0]!.perNote ?? {});
  const columns = [
    { heading: '' },
    ...names.flatMap((name) => measures.map((measure) => right(heading(name, measure)))),
    ...perNote.map((name) => right(`${name}/note`)),
    ...['mean exit', 'saved', 'rows x', 'tokens x'].map(right),
  ];
  const rows = views.map(({ name, scores, perNote: found, depth }: ViewReport) => [
    name,
    ...names.flatMap((scored) => measures.map((measure) => scores[scored]?.[measure].toFixed(1) ?? '-')),
    ...perNote.map((amount) => (found?.[amount] ?? 0).toFixed(2)),
    ...depthCells(depth),
  ]);
  if (task === 'events') rows.push(['PHEE authors', ...names.map((name) => PHEE_PUBLISHED[name]?.toFixed(1) ?? '')]);
  const strange = Object.entries(unknownLabels).map(([label, times]) => `${label} (${times})`);
  return [
    `${task}: ${count(items)} items${wanted(gold)}, ${count(views.at(-1)!.depth.rows)} rows${names.length > 1 ? ', F1 by part' : ''}`,
    stackedTable(columns, rows, width),
    ...(strange.length === 0 ? [] : [`Labels that the model does not know: ${strange.join(', ')}`]),
    layers === null ? 'saved: share of the layers that was not run' : `saved: share of the ${layers} layers that was not run`,
    'rows x, tokens x: layers of the model over those run, each row counted alike or by its tokens',
  ].join('\n');
}

function wanted(gold: Readonly<Record<string, number>>): string {
  const entries = Object.entries(gold);
  return entries.length === 0 ? '' : ` (wanted: ${entries.map(([name, number]) => `${count(number)} ${name}`).join(', ')})`;
}

function depthCells({ rows, meanExitLayer, layersSaved, rowSpeedUp, tokenSpeedUp }: DepthTable): string[] {
  if (rows === 0) return ['-', '-', '-', '-'];
  return [
    meanExitLayer.toFixed(2),
    percent(layersSaved),
    rowSpeedUp.toFixed(2),
    Number.isNaN(tokenSpeedUp) ? '-' : tokenSpeedUp.toFixed(2),
  ];
}

/** Rows by exit layer and reason, for each policy that lets rows out. */
function exitTable({ views }: TaskReport, width: number): string {
  const policies = views.filter(({ kind, depth }) => kind === 'policy' && depth.layersSaved > 0);
  if (policies.length === 0 || policies[0]!.depth.exits.length === 0) return '';
  const layers = policies[0]!.depth.exits.map(({ layer }) => layer);
  const columns = [{ heading: 'exits after' }, ...layers.map((layer) => right(String(layer)))];
  const cells = (depth: DepthTable, value: (exits: LayerExits) => number) =>
    depth.exits.map((exits) => (value(exits) === 0 ? '.' : count(value(exits))));
  const rows = policies.flatMap(({ name, depth, depthByTask }) => [
    ...(['entropy', 'patience', 'final'] as const).map((reason) => [`${name}, ${reason}`, ...cells(depth, (exits) => exits[reason])]),
    ...(Object.keys(depthByTask).length < 2 ? [] : Object.entries(depthByTask)).map(([task, own]) => [
      `${name}, ${task}`,
      ...cells(own, ({ entropy, patience, final }) => entropy + patience + final),
    ]),
  ]);
  return stackedTable(columns, rows, width);
}
