import { ADVERSE_EFFECT } from '@epee/exits';
import { type Content, figures, type Html, intervalChart, lineChart, type PageSection, table } from '@epee/html';
import { count, percent } from '@epee/terminal';
import { right, wholesOf } from '../columns.ts';
import { axesOf, besideFull, type FactLine, lineOf, mainView, partsOf, policyViews } from '../facts.ts';
import { differenceText, range, tokensSaved } from '../facts-text.ts';
import type { FactDetails, TaskReport, ViewReport } from '../report.ts';

/** Entities from which on a bin of confidence is drawn. */
const SHOWN_BIN = 10;
/** Labels whose confidence is drawn: those found most. */
const SHOWN_LABELS = 5;

/** What was found of facts; empty where none are wanted. */
export function factSections(report: TaskReport): PageSection[] {
  const main = mainView(report);
  if (main === null) return [];
  return [
    ...entitySection(main),
    ...axisSection(main),
    ...relationSection(main),
    ...policySection(report),
    ...confidenceSection(main.name, main.facts!),
  ];
}

const SCORES = ['precision', 'recall', 'F1'].map(right);

function entitySection(view: ViewReport): PageSection[] {
  const labels = partsOf(view, 'all');
  if (labels.length === 0) return [];
  const overlaps = labels.map(({ name }) => ({ ...lineOf(view, `overlap/${name}`), name }));
  const rowOf = (name: string, exact: FactLine, overlap: FactLine): Content[] => [
    name,
    ...countCells(exact),
    ...scoreCells(exact),
    range(exact.interval),
    ...scoreCells(overlap),
  ];
  const columns = [
    { heading: 'label' },
    ...['wanted', 'found'].map(right),
    ...SCORES,
    right('95 % interval'),
    ...['overlap: precision', 'recall', 'F1'].map(right),
  ];
  return [
    {
      title: `Entities by label, ${view.name}`,
      about:
        'Exact: label, start and end agree. Overlap: the label agrees and the spans touch, each counted with one other at most. Labels and ranges that were not marked give no score. Lines are 95 % intervals over documents.',
      content: [
        figures([
          scoreChart('F1, exact', [{ ...lineOf(view, 'all'), name: 'all' }, ...labels]),
          scoreChart('F1, overlap', [{ ...lineOf(view, 'overlap'), name: 'all' }, ...overlaps]),
        ]),
        table(columns, [
          rowOf('all', lineOf(view, 'all'), lineOf(view, 'overlap')),
          ...labels.map((exact, at) => rowOf(exact.name, exact, overlaps[at]!)),
        ]),
      ],
    },
  ];
}

function axisSection(view: ViewReport): PageSection[] {
  const axes = axesOf(view);
  if (axes.length === 0) return [];
  const rows = axes.flatMap(({ axis, values }): Content[][] => [
    [axis.name, count(axis.counts.gold), `${axis.score.f1.toFixed(1)} %`, '', '', '', range(axis.interval)],
    ...values.map((value): Content[] => [`\u2003${value.name}`, count(value.counts.gold), '', ...scoreCells(value), range(value.interval)]),
  ]);
  return [
    {
      title: `How the note speaks of entities, ${view.name}`,
      about: 'Of entities that were found: how often each axis is right, and how well each of its values is told apart.',
      content: [
        figures(axes.map(({ axis, values }) => scoreChart(`${axis.name}: F1 of each value`, values))),
        table([{ heading: 'axis, value' }, right('wanted'), right('right'), ...SCORES, right('95 % interval')], rows),
      ],
    },
  ];
}

function relationSection(view: ViewReport): PageSection[] {
  const labels = [...partsOf(view, 'relations'), ...(view.scores[ADVERSE_EFFECT] === undefined ? [] : [lineOf(view, ADVERSE_EFFECT)])];
  if (labels.length === 0) return [];
  const f1 = (name: string) => (view.scores[name] === undefined ? '' : lineOf(view, name).score.f1.toFixed(1));
  const lines = [lineOf(view, 'relations'), ...labels];
  const rows = lines.map((line): Content[] => [
    line.name,
    ...countCells(line),
    ...scoreCells(line),
    range(line.interval),
    f1(`relations overlap/${line.name}`),
    f1(`relations given/${line.name}`),
  ]);
  const columns = [
    { heading: 'label' },
    ...['wanted', 'found'].map(right),
    ...SCORES,
    right('95 % interval'),
    right('ends overlap: F1'),
    right('ends found: F1'),
  ];
  return [
    {
      title: `Relations, ${view.name}`,
      about:
        'End to end: both entities and the label must be right. “relations” is all labels but adverse_effect. “Ends found” looks at pairs of entities that are right alone.',
      content: [scoreChart('F1, end to end', lines), table(columns, rows)],
    },
  ];
}

/** Policies beside full depth, and the sources under each. */
function policySection(report: TaskReport): PageSection[] {
  const views = policyViews(report);
  const [main, ...others] = views as [ViewReport, ...ViewReport[]];
  const sources = partsOf(main, 'source');
  const names = [...wholesOf([main]), ...partsOf(main, 'all').map(({ name }) => `all/${name}`)];
  const rows = names.map((name): Content[] => {
    const [own, ...beside] = besideFull(report, name);
    const cells = beside.flatMap(({ score, difference }) => [score.f1.toFixed(1), difference === null ? '' : differenceText(difference)]);
    return [name.replace('all/', '\u2003'), own!.score.f1.toFixed(1), ...cells];
  });
  const depth = (text: string, value: (view: ViewReport) => string): Content[] => [
    text,
    value(main),
    ...others.flatMap((view) => [value(view), '']),
  ];
  const cost = [
    depth('mean exit layer', (view) => (view.depth.rows === 0 ? '' : view.depth.meanExitLayer.toFixed(2))),
    depth('token-layers, times fewer', tokensSaved),
  ];
  const columns = [{ heading: 'F1 of' }, right(main.name), ...others.flatMap(({ name }) => [right(name), right('difference')])];
  const policies = {
    title: 'Policies beside full depth',
    about: 'On the same documents. Differences are 95 % intervals over documents.',
    content: [table(columns, [...cost, ...rows])],
  };
  return [...(others.length === 0 ? [] : [policies]), ...(sources.length < 2 ? [] : [sourceSection(views, sources)])];
}

function sourceSection(views: readonly ViewReport[], sources: readonly FactLine[]): PageSection {
  const columns = [
    { heading: 'source' },
    right('wanted'),
    ...views.flatMap(({ name }) => [right(`${name}: F1`), right('95 % interval'), right('overlap: F1')]),
  ];
  const rows = sources.map(({ name, counts }): Content[] => [
    name,
    count(counts.gold),
    ...views.flatMap((view) => {
      const [exact, overlap] = [lineOf(view, `source/${name}`), lineOf(view, `source overlap/${name}`)];
      return [exact.score.f1.toFixed(1), range(exact.interval), overlap.score.f1.toFixed(1)];
    }),
  ]);
  return { title: 'Entities by source', content: [table(columns, rows)] };
}

function confidenceSection(policy: string, { confidence }: FactDetails): PageSection[] {
  const labels = Object.entries(confidence).toSorted(([, a], [, b]) => b.decisions - a.decisions);
  if (labels.length === 0) return [];
  const drawn = labels.slice(0, SHOWN_LABELS).map(([name, { bins }]) => ({
    name,
    points: bins.filter((bin) => bin.count >= SHOWN_BIN).map(({ confidence: x, accuracy }) => ({ x: 100 * x, y: 100 * accuracy })),
  }));
  const diagram = lineChart({
    title: 'Confidence against how often an entity is right',
    xLabel: 'confidence, %',
    yLabel: 'right to the letter, %',
    xMin: 0,
    xMax: 100,
    yMin: 0,
    yMax: 100,
    height: 320,
    dots: true,
    series: [...drawn, { name: 'as it should be', points: [0, 100].map((value) => ({ x: value, y: value })) }],
    caption: `Each dot is one of 15 bins of confidence, with at least ${SHOWN_BIN} entities. Under the diagonal the model is over-confident.`,
  });
  const rows = labels.map(([label, { decisions, accuracy, confidence: mean, ece }]): Content[] => [
    label,
    count(decisions),
    ...[accuracy, mean, ece].map(percent),
  ]);
  return [
    {
      title: `How far confidence can be believed, ${policy}`,
      about: 'Of the entities that were found. ECE: mean gap between confidence and how often entities are right.',
      content: [diagram, table([{ heading: 'label' }, ...['found', 'right', 'confidence', 'ECE'].map(right)], rows)],
    },
  ];
}

function scoreChart(title: string, lines: readonly FactLine[]): Html {
  return intervalChart({
    title,
    xLabel: 'F1, %',
    xMin: 0,
    xMax: 100,
    xFormat: (value) => String(Math.round(10 * value) / 10),
    rows: lines.map(({ name, score, interval }) => ({
      label: name,
      value: score.f1,
      low: interval?.low ?? score.f1,
      high: interval?.high ?? score.f1,
    })),
  });
}

const countCells = ({ counts }: FactLine): Content[] => [count(counts.gold), count(counts.found)];
const scoreCells = ({ score }: FactLine): Content[] => [score.precision, score.recall, score.f1].map((value) => value.toFixed(1));
