import { barChart, type Content, figures, type Html, lineChart, type PageSection, table } from '@epee/html';
import { count, percent } from '@epee/terminal';
import { headline } from '../../read/wanted-texts.ts';
import { right, wholesOf } from '../columns.ts';
import type { TaskReport, ViewReport } from '../report.ts';

const REASONS = ['entropy', 'patience', 'final'] as const;
/** Charts of an exit histogram: one per policy that lets rows out. */
const MOST_HISTOGRAMS = 4;

/** Scores by layer and policy, and where rows leave. */
export function scoreSections(report: TaskReport): PageSection[] {
  const { task, items, documents, unknownLabels } = report;
  const strange = Object.entries(unknownLabels).map(([label, times]) => `${label} (${times})`);
  const about = [
    `${count(items)} items of ${count(documents)} documents.`,
    'Intervals hold 95 % of 1,000 resamples of documents; differences are to full depth on the same resamples.',
    ...(strange.length === 0 ? [] : [`Labels that the model does not know: ${strange.join(', ')}.`]),
  ].join(' ');
  const scores = { title: `${task}: scores`, about, content: [...layerChart(report), scoreTable(report)] };
  const exits = exitCharts(report);
  if (exits.length === 0) return [scores];
  const where = {
    title: `${task}: where rows leave`,
    about: 'Rows by the layer after which they left, and why.',
    content: [figures(exits)],
  };
  return [scores, where];
}

function layerChart({ task, views, isAccuracy }: TaskReport): Html[] {
  const name = headline(Object.keys(views[0]?.scores ?? {}));
  const layers = views.filter(({ kind }) => kind === 'layer');
  if (name === undefined || layers.length < 2) return [];
  const point = (x: number, { scores, intervals }: ViewReport) => ({ x, y: scores[name]!.f1, ...(intervals[name] ?? {}) });
  const marks = views
    .filter(({ kind, depth }) => kind === 'policy' && depth.layersSaved > 0)
    .map(({ name: label, depth, scores }) => ({ x: depth.meanExitLayer, y: scores[name]!.f1, label, series: 1 }));
  return [
    lineChart({
      title: `${isAccuracy ? 'Accuracy' : 'F1'} of ${task} by layer`,
      xLabel: 'layer; policies at their mean exit layer',
      yLabel: isAccuracy ? 'accuracy, %' : 'micro F1, %',
      series: [{ name: 'every row leaves after this layer', points: layers.map((view, at) => point(at + 1, view)) }],
      marks,
      caption: 'The band is the 95 % interval over documents.',
    }),
  ];
}

function scoreTable({ views, isAccuracy }: TaskReport): Html {
  const names = wholesOf(views);
  const perNote = Object.keys(views[0]?.perNote ?? {});
  const head = headline(names);
  const hasAuroc = views.some(({ auroc }) => auroc !== null);
  const columns = [
    { heading: 'view' },
    ...names.flatMap((name) => [
      right(isAccuracy ? 'accuracy' : `${name} F1`),
      ...(name === head ? [right('95 % interval'), right('vs. full depth')] : []),
    ]),
    ...(hasAuroc ? [right('AUROC')] : []),
    ...perNote.map((name) => right(`${name} per note`)),
    right('mean exit layer'),
    right('layers saved'),
    right('token-layers, times fewer'),
  ];
  const range = (interval: { low: number; high: number } | undefined) =>
    interval === undefined ? '' : `${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}`;
  const rows = views.map((view): Content[] => [
    view.name.replaceAll(' ', '\u00a0'),
    ...names.flatMap((name) => [
      view.scores[name]?.f1.toFixed(1) ?? '',
      ...(name === head ? [range(view.intervals[name]), view.name === 'full' ? '' : range(view.differences[name])] : []),
    ]),
    ...(hasAuroc ? [view.auroc?.toFixed(3) ?? ''] : []),
    ...perNote.map((name) => (view.perNote?.[name] ?? 0).toFixed(2)),
    view.depth.meanExitLayer.toFixed(2),
    percent(view.depth.layersSaved),
    Number.isNaN(view.depth.tokenSpeedUp) ? '' : view.depth.tokenSpeedUp.toFixed(2),
  ]);
  return table(columns, rows);
}

function exitCharts({ views }: TaskReport): Html[] {
  const policies = views.filter(({ kind, depth }) => kind !== 'layer' && depth.layersSaved > 0).slice(0, MOST_HISTOGRAMS);
  return policies.map(({ name, depth }) =>
    barChart({
      title: `Exits with ${name}`,
      xLabel: 'exit layer',
      yLabel: 'rows, %',
      height: 240,
      categories: depth.exits.map(({ layer }) => String(layer)),
      series: REASONS.map((reason) => ({
        name: reason,
        bars: depth.exits.map((exits) => ({ value: (100 * exits[reason]) / Math.max(1, depth.rows) })),
      })),
      caption: `Mean exit layer ${depth.meanExitLayer.toFixed(2)} over ${count(depth.rows)} rows.`,
    }),
  );
}
