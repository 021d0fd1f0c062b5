import { ADVERSE_EFFECT, type Interval } from '@epee/exits';
import { count, percent, stackedTable } from '@epee/terminal';
import { right, signed, wholesOf } from './columns.ts';
import { axesOf, besideFull, type FactLine, lineOf, mainView, partsOf, policyViews } from './facts.ts';
import type { TaskReport, ViewReport } from './report.ts';

/** What was found of facts, as tables; none where no facts are wanted. */
export function factTables(report: TaskReport, width: number): string[] {
  const main = mainView(report);
  if (main === null) return [];
  return [
    entityTable(main, width),
    axisTable(main, width),
    relationTable(main, width),
    sourceTable(report, width),
    policyTable(report, width),
    confidenceTable(main, width),
  ].filter(Boolean);
}

const SCORES = ['precision', 'recall', 'F1'].map(right);

function entityTable(view: ViewReport, width: number): string {
  const labels = partsOf(view, 'all');
  if (labels.length === 0) return '';
  const rowOf = (name: string, exact: FactLine, overlap: FactLine) => [
    name,
    ...countCells(exact),
    ...scoreCells(exact),
    range(exact.interval),
    ...scoreCells(overlap),
  ];
  const columns = [
    { heading: `entities, ${view.name}` },
    ...['wanted', 'found'].map(right),
    ...SCORES,
    right('95 % interval'),
    ...['overlap: precision', 'overlap: recall', 'overlap: F1'].map(right),
  ];
  const rows = [
    rowOf('all', lineOf(view, 'all'), lineOf(view, 'overlap')),
    ...labels.map((exact) => rowOf(exact.name, exact, lineOf(view, `overlap/${exact.name}`))),
  ];
  return stackedTable(columns, rows, width);
}

function axisTable(view: ViewReport, width: number): string {
  const axes = axesOf(view);
  if (axes.length === 0) return '';
  const columns = [{ heading: 'of entities found' }, right('wanted'), right('right'), ...SCORES, right('95 % interval')];
  const rows = axes.flatMap(({ axis, values }) => [
    [axis.name, count(axis.counts.gold), `${axis.score.f1.toFixed(1)} %`, '', '', '', range(axis.interval)],
    ...values.map((value) => [`  ${value.name}`, count(value.counts.gold), '', ...scoreCells(value), range(value.interval)]),
  ]);
  return stackedTable(columns, rows, width);
}

function relationTable(view: ViewReport, width: number): string {
  const labels = partsOf(view, 'relations');
  const adverse = view.scores[ADVERSE_EFFECT] === undefined ? [] : [lineOf(view, ADVERSE_EFFECT)];
  if (labels.length + adverse.length === 0) return '';
  const columns = [
    { heading: 'relations, end to end' },
    ...['wanted', 'found'].map(right),
    ...SCORES,
    right('95 % interval'),
    right('ends overlap, F1'),
    right('ends found, F1'),
  ];
  const f1 = (name: string) => (view.scores[name] === undefined ? '' : lineOf(view, name).score.f1.toFixed(1));
  const rows = [lineOf(view, 'relations'), ...labels, ...adverse].map((line) => [
    line.name,
    ...countCells(line),
    ...scoreCells(line),
    range(line.interval),
    f1(`relations overlap/${line.name}`),
    f1(`relations given/${line.name}`),
  ]);
  return [
    stackedTable(columns, rows, width),
    'relations: all labels together but for adverse_effect; ends found: among entities that are right to the letter',
  ].join('\n');
}

function sourceTable(report: TaskReport, width: number): string {
  const views = policyViews(report);
  const sources = partsOf(views[0]!, 'source');
  if (sources.length < 2) return '';
  const columns = [
    { heading: 'F1 by source' },
    right('wanted'),
    ...views.flatMap(({ name }) => [right(`${name}, exact`), right('95 % interval'), right('overlap')]),
  ];
  const rows = sources.map(({ name, counts }) => [
    name,
    count(counts.gold),
    ...views.flatMap((view) => {
      const [exact, overlap] = [lineOf(view, `source/${name}`), lineOf(view, `source overlap/${name}`)];
      return [exact.score.f1.toFixed(1), range(exact.interval), overlap.score.f1.toFixed(1)];
    }),
  ]);
  return stackedTable(columns, rows, width);
}

/** Each policy beside full depth on the same notes. */
function policyTable(report: TaskReport, width: number): string {
  const [main, ...others] = policyViews(report);
  if (main === undefined || others.length === 0) return '';
  const names = [...wholesOf([main]), ...partsOf(main, 'all').map(({ name }) => `all/${name}`)];
  const columns = [
    { heading: 'policies, F1' },
    right(main.name),
    ...others.flatMap(({ name }) => [right(name), right('difference, 95 %')]),
  ];
  const rows = names.map((name) => {
    const [own, ...beside] = besideFull(report, name);
    const cells = beside.flatMap(({ score, difference }) => [score.f1.toFixed(1), difference === null ? '' : differenceText(difference)]);
    return [name.replace('all/', '  '), own!.score.f1.toFixed(1), ...cells];
  });
  const depth = (text: string, value: (view: ViewReport) => string) => [text, value(main), ...others.flatMap((view) => [value(view), ''])];
  const cost = [
    depth('mean exit layer', (view) => (view.depth.rows === 0 ? '-' : view.depth.meanExitLayer.toFixed(2))),
    depth('token-layers, times fewer', tokensSaved),
  ];
  return stackedTable(columns, [...rows, ...cost], width);
}

/** Token-layers of full depth over those run; `-` where nobody knows. */
export const tokensSaved = ({ depth }: ViewReport): string =>
  depth.rows === 0 || Number.isNaN(depth.tokenSpeedUp) ? '-' : depth.tokenSpeedUp.toFixed(2);

function confidenceTable({ name, facts }: ViewReport, width: number): string {
  const labels = Object.entries(facts!.confidence).toSorted(([, a], [, b]) => b.decisions - a.decisions);
  if (labels.length === 0) return '';
  const columns = [{ heading: `confidence, ${name}` }, ...['found', 'right', 'confidence', 'ECE'].map(right)];
  const rows = labels.map(([label, { decisions, accuracy, confidence, ece }]) => [
    label,
    count(decisions),
    ...[accuracy, confidence, ece].map(percent),
  ]);
  return stackedTable(columns, rows, width);
}

const countCells = ({ counts }: FactLine) => [count(counts.gold), count(counts.found)];
const scoreCells = ({ score }: FactLine) => [score.precision, score.recall, score.f1].map((value) => value.toFixed(1));

/** An interval of a score. */
export const range = (interval: Interval | null): string =>
  interval === null ? '' : `${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}`;

/** An interval of a difference, with signs. */
export const differenceText = ({ low, high }: Interval): string => `${signed(low)} to ${signed(high)}`;
