import type { DepthTable, LayerExits } from '@epee/exits';
import { type Column, count, percent, tableHead, tableRow } from '@epee/terminal';
import { analysisTables, intervalTable } from './analysis-tables.ts';
import type { EvaluationReport, TaskReport, ViewReport } from './report.ts';

/** F1 that PHEE's authors report on its test split (EMNLP 2022, table 4, exact match), for comparison. */
const PHEE_PUBLISHED: Readonly<Record<string, number>> = { trigger: 70.1, main: 68.6, sub: 76.2 };

const right = (heading: string, width: number): Column => ({ heading, width, align: 'right' });

/** The report as text for a terminal. */
export function evaluationTables({ model, data, tasks, engine }: EvaluationReport): string {
  const excluded = data.excluded === 0 ? '' : `, ${count(data.excluded)} left out`;
  const parts = [`${model.name} ${model.version} on ${data.file} (${data.kind}, ${count(data.items)} items${excluded})`];
  for (const task of tasks) parts.push(taskTable(task, model.layers), intervalTable(task), exitTable(task), ...analysisTables(task));
  if (engine !== null) {
    const { rows, different, onTheEdge, precision } = engine;
    parts.push(
      `exit graph (${precision}): ${count(rows)} rows under policies, ${count(different)} differ from the exit rule, ${count(onTheEdge)} of them by rounding`,
    );
  }
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function taskTable({ task, isAccuracy, items, gold, unknownLabels, views }: TaskReport, layers: number): string {
  const names = Object.keys(views[0]!.scores);
  // Where only one thing is scored, precision and recall say more than F1 alone.
  const measures = names.length === 1 && !isAccuracy ? (['precision', 'recall', 'f1'] as const) : (['f1'] as const);
  const heading = (name: string, measure: string) => (measures.length > 1 ? measure : isAccuracy ? 'accuracy' : `${name} F1`);
  const perNote = Object.keys(views[0]!.perNote ?? {});
  const columns: Column[] = [
    { heading: '', width: Math.max(14, ...views.map(({ name }) => name.length)) },
    ...names.flatMap((name) => measures.map((measure) => right(heading(name, measure), 10))),
    ...perNote.map((name) => right(`${name}/note`, Math.max(10, name.length + 5))),
    right('mean exit', 9),
    right('saved', 8),
    right('rows x', 7),
    right('tokens x', 8),
  ];
  const row = ({ name, scores, perNote: found, depth }: ViewReport) =>
    tableRow(columns, [
      name,
      ...names.flatMap((scored) => measures.map((measure) => scores[scored]![measure].toFixed(1))),
      ...perNote.map((amount) => (found?.[amount] ?? 0).toFixed(2)),
      ...depthCells(depth),
    ]);
  const lines = [
    `${task}: ${count(items)} items${wanted(gold)}, ${count(views.at(-1)!.depth.rows)} rows`,
    tableHead(columns),
    ...views.map(row),
  ];
  if (task === 'events') lines.push(tableRow(columns, ['PHEE authors', ...names.map((name) => PHEE_PUBLISHED[name]?.toFixed(1) ?? '')]));
  const strange = Object.entries(unknownLabels).map(([label, times]) => `${label} (${times})`);
  if (strange.length > 0) lines.push(`Labels that the model does not know: ${strange.join(', ')}`);
  lines.push(
    `saved: layers not run of ${layers}; rows x, tokens x: layers of the model over those run, each row counted alike or by its tokens`,
  );
  return lines.join('\n');
}

function wanted(gold: Readonly<Record<string, number>>): string {
  const entries = Object.entries(gold);
  return entries.length === 0 ? '' : ` (wanted: ${entries.map(([name, number]) => `${count(number)} ${name}`).join(', ')})`;
}

function depthCells({ rows, meanExitLayer, layersSaved, rowSpeedUp, tokenSpeedUp }: DepthTable): string[] {
  if (rows === 0) return ['-', '-', '-', '-'];
  return [meanExitLayer.toFixed(2), percent(layersSaved), rowSpeedUp.toFixed(2), tokenSpeedUp.toFixed(2)];
}

/** Rows by exit layer and reason, for each policy that lets rows out. */
function exitTable({ views }: TaskReport): string {
  const policies = views.filter(({ kind, depth }) => kind === 'policy' && depth.layersSaved > 0);
  if (policies.length === 0) return '';
  const layers = policies[0]!.depth.exits.map(({ layer }) => layer);
  const columns: Column[] = [{ heading: 'exits after', width: 20 }, ...layers.map((layer) => right(String(layer), 6))];
  const cells = (depth: DepthTable, value: (exits: LayerExits) => number) =>
    depth.exits.map((exits) => (value(exits) === 0 ? '.' : count(value(exits))));
  const rows = policies.flatMap(({ name, depth, depthByTask }) => [
    ...(['entropy', 'patience', 'final'] as const).map((reason) =>
      tableRow(columns, [`${name}, ${reason}`, ...cells(depth, (exits) => exits[reason])]),
    ),
    ...(Object.keys(depthByTask).length < 2 ? [] : Object.entries(depthByTask)).map(([task, own]) =>
      tableRow(columns, [`${name}, ${task}`, ...cells(own, ({ entropy, patience, final }) => entropy + patience + final)]),
    ),
  ]);
  return [tableHead(columns), ...rows].join('\n');
}
