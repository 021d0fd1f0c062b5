import type { CurvePoint } from '@epee/exits';
import { pairOf } from '@epee/exits';
import { count, percent, stackedTable } from '@epee/terminal';
import { headline } from '../read/wanted-texts.ts';
import { right, signed } from './columns.ts';
import type { HardRow, HeadReport, SideTime, TaskCurve, TaskReport } from './report.ts';

/** Points of a frontier that are shown. */
const SHOWN_POINTS = 12;
const SHOWN_ROWS = 5;

/** Intervals of the policies' scores; empty where nothing is scored. */
export function intervalTable({ views, documents, isAccuracy }: TaskReport, width: number): string {
  const name = headline(Object.keys(views[0]?.scores ?? {}));
  const policies = views.filter(({ kind }) => kind !== 'layer');
  if (name === undefined || policies.length === 0 || policies.every(({ intervals }) => intervals[name] === undefined)) return '';
  const columns = [
    { heading: `${count(documents)} documents` },
    ...[isAccuracy ? 'accuracy' : `${name} F1`, '95 % interval', 'vs. full depth', 'AUROC'].map(right),
  ];
  const rows = policies.map(({ name: view, scores, intervals, differences, auroc }) => {
    const [own, less] = [intervals[name]!, differences[name]];
    return [
      view,
      scores[name]!.f1.toFixed(1),
      `${own.low.toFixed(1)} to ${own.high.toFixed(1)}`,
      less === undefined || view === 'full' ? '' : `${signed(less.low)} to ${signed(less.high)}`,
      auroc === null ? '' : auroc.toFixed(3),
    ];
  });
  return stackedTable(columns, rows, width);
}

/** What the logits of all layers show, as tables. */
export function analysisTables({ analysis }: TaskReport, width: number): string[] {
  if (analysis === null) return [];
  const { curves, heads, temperaturesFrom, hardest, times } = analysis;
  return [
    ...curves.map((curve) => curveTable(curve, width)),
    heads.length === 0 ? '' : headTable(heads, temperaturesFrom, width),
    times === null ? '' : timeTable(times, width),
    hardestLine(hardest),
  ];
}

function curveTable({ task, measure, points, frontiers }: TaskCurve, width: number): string {
  const [full] = points as [CurvePoint];
  const columns = [
    { heading: `${task}: best pairs` },
    ...[measure === 'agreement with full depth' ? 'agreement' : measure, 'mean exit', 'tokens x', 'differs'].map(right),
    { heading: 'also with one alone' },
  ];
  const frontier = frontiers.epee;
  const step = Math.max(1, Math.ceil(frontier.length / SHOWN_POINTS));
  const shown = frontier.filter((_, at) => (frontier.length - 1 - at) % step === 0);
  const rows = [...shown, full].map(({ policy, score, meanExitLayer, cost, differs }) => {
    const alone = (['entropy', 'patience'] as const).filter((set) =>
      frontiers[set].some((point) => point.cost <= cost && point.score >= score),
    );
    return [pairOf(policy), score.toFixed(1), meanExitLayer.toFixed(2), (1 / cost).toFixed(2), percent(differs), alone.join(', ')];
  });
  return [
    stackedTable(columns, rows, width),
    `the frontier of ${count(points.length)} pairs (threshold, patience), ${count(frontier.length)} points; full depth last`,
  ].join('\n');
}

function headTable(heads: readonly HeadReport[], from: string, width: number): string {
  const columns = [{ heading: 'head after layer' }, ...['accuracy', 'confidence', 'ECE', 'temperature', 'ECE scaled'].map(right)];
  const rows = heads.map(({ layer, accuracy, confidence, ece, temperature, scaled }) => [
    String(layer),
    ...[accuracy, confidence, ece].map(percent),
    temperature.toFixed(2),
    percent(scaled.ece),
  ]);
  return [stackedTable(columns, rows, width), `${count(heads[0]!.decisions)} decisions; temperatures fitted on ${from}`].join('\n');
}

function timeTable(times: readonly SideTime[], width: number): string {
  const columns = [{ heading: 'batch' }, { heading: 'policy' }, ...['ms/row', 'time x', 'tokens x', 'efficiency'].map(right)];
  const rows = times.map(({ batchRows, name, rowMs, speedUp, tokenSpeedUp }) => [
    String(batchRows),
    name,
    rowMs.toFixed(2),
    `${speedUp.steady.toFixed(2)} (${speedUp.lowest.toFixed(2)}-${speedUp.highest.toFixed(2)})`,
    tokenSpeedUp.toFixed(2),
    (speedUp.steady / tokenSpeedUp).toFixed(2),
  ]);
  return [
    stackedTable(columns, rows, width),
    `exit graph, fp32, one thread, ${count(times[0]?.rows ?? 0)} rows, in turns; time x: full depth over each in time;`,
    'efficiency: time x / tokens x',
  ].join('\n');
}

function hardestLine(hardest: readonly HardRow[]): string {
  if (hardest.length === 0) return '';
  return `hardest by mean entropy over the layers: ${hardest
    .slice(0, SHOWN_ROWS)
    .map(({ id, meanEntropy }) => `${id} (${meanEntropy.toFixed(2)})`)
    .join(', ')}`;
}
