import type { CurvePoint } from '@epee/exits';
import { pairOf } from '@epee/exits';
import { type Column, count, percent, tableHead, tableRow } from '@epee/terminal';
import type { HardRow, HeadReport, TaskCurve, TaskReport } from './report.ts';

const right = (heading: string, width: number): Column => ({ heading, width, align: 'right' });
const left = (heading: string, width: number): Column => ({ heading, width });

/** Points of a frontier that are shown. */
const SHOWN_POINTS = 12;
const SHOWN_ROWS = 5;

/** The headline of what is scored: all parts together, or the only one. */
export const headline = (names: readonly string[]): string | undefined => (names.includes('all') ? 'all' : names[0]);

/** Intervals of the policies' scores; empty where nothing is scored. */
export function intervalTable({ views, documents, isAccuracy }: Pick<TaskReport, 'views' | 'documents' | 'isAccuracy'>): string {
  const name = headline(Object.keys(views[0]?.scores ?? {}));
  const policies = views.filter(({ kind }) => kind !== 'layer');
  if (name === undefined || policies.length === 0 || policies.every(({ intervals }) => intervals[name] === undefined)) return '';
  const columns = [
    left(`${count(documents)} documents`, 20),
    right(isAccuracy ? 'accuracy' : `${name} F1`, 12),
    right('95 % interval', 16),
    right('less full depth', 16),
    right('AUROC', 8),
  ];
  const rows = policies.map(({ name: view, scores, intervals, differences, auroc }) => {
    const [own, less] = [intervals[name]!, differences[name]];
    return tableRow(columns, [
      view,
      scores[name]!.f1.toFixed(1),
      `${own.low.toFixed(1)} to ${own.high.toFixed(1)}`,
      less === undefined || view === 'full' ? '' : `${signed(less.low)} to ${signed(less.high)}`,
      auroc === null ? '' : auroc.toFixed(3),
    ]);
  });
  return [tableHead(columns), ...rows].join('\n');
}

const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;

/** What the logits of all layers show, as tables. */
export function analysisTables({ analysis }: Pick<TaskReport, 'analysis'>): string[] {
  if (analysis === null) return [];
  const { curves, heads, temperaturesFrom, hardest, times } = analysis;
  return [...curves.map(curveTable), headTable(heads, temperaturesFrom), times === null ? '' : timeTable(times), hardestLine(hardest)];
}

function curveTable({ task, measure, points, frontiers }: TaskCurve): string {
  const [full] = points as [CurvePoint];
  const columns = [
    left(`${task}: best pairs`, 26),
    right(measure === 'agreement with full depth' ? 'agreement' : measure, 12),
    right('mean exit', 9),
    right('tokens x', 8),
    right('differs', 8),
    left('also with one criterion', 24),
  ];
  const frontier = frontiers.epee;
  const step = Math.max(1, Math.ceil(frontier.length / SHOWN_POINTS));
  const shown = frontier.filter((_, at) => (frontier.length - 1 - at) % step === 0);
  const line = (point: CurvePoint) => {
    const alone = (['entropy', 'patience'] as const).filter((set) =>
      frontiers[set].some(({ cost, score }) => cost <= point.cost && score >= point.score),
    );
    const { policy, score, meanExitLayer, cost, differs } = point;
    return tableRow(columns, [
      pairOf(policy),
      score.toFixed(1),
      meanExitLayer.toFixed(2),
      (1 / cost).toFixed(2),
      percent(differs),
      alone.join(', '),
    ]);
  };
  return [
    tableHead(columns),
    ...shown.map(line),
    line({ ...full }),
    `the frontier of ${count(points.length)} pairs (threshold, patience), ${count(frontier.length)} points; full depth last`,
  ].join('\n');
}

function headTable(heads: readonly HeadReport[], from: string): string {
  if (heads.length === 0) return '';
  const columns = [
    left('head after layer', 17),
    right('accuracy', 9),
    right('confidence', 11),
    right('ECE', 8),
    right('temperature', 12),
    right('ECE scaled', 11),
  ];
  const rows = heads.map(({ layer, accuracy, confidence, ece, temperature, scaled }) =>
    tableRow(columns, [String(layer), percent(accuracy), percent(confidence), percent(ece), temperature.toFixed(2), percent(scaled.ece)]),
  );
  return [tableHead(columns), ...rows, `${count(heads[0]!.decisions)} decisions; temperatures fitted on ${from}`].join('\n');
}

function timeTable(times: NonNullable<NonNullable<TaskReport['analysis']>['times']>): string {
  const columns = [
    left('batch', 7),
    left('policy', 20),
    right('ms/row', 9),
    right('time x', 22),
    right('tokens x', 9),
    right('efficiency', 11),
  ];
  const rows = times.map(({ batchRows, name, rowMs, speedUp, tokenSpeedUp }) =>
    tableRow(columns, [
      String(batchRows),
      name,
      rowMs.toFixed(2),
      `${speedUp.steady.toFixed(2)} (${speedUp.lowest.toFixed(2)}-${speedUp.highest.toFixed(2)})`,
      tokenSpeedUp.toFixed(2),
      (speedUp.steady / tokenSpeedUp).toFixed(2),
    ]),
  );
  return [
    tableHead(columns),
    ...rows,
    `exit graph, fp32, one thread, ${count(times[0]?.rows ?? 0)} rows, in turns; full depth over each in time; efficiency: time x / tokens x`,
  ].join('\n');
}

function hardestLine(hardest: readonly HardRow[]): string {
  if (hardest.length === 0) return '';
  return `hardest by mean entropy over the layers: ${hardest
    .slice(0, SHOWN_ROWS)
    .map(({ id, meanEntropy }) => `${id} (${meanEntropy.toFixed(2)})`)
    .join(', ')}`;
}
