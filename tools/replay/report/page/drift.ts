import { barChart, figures, type Html, lineChart, type PageSection, paragraph, table } from '@epee/html';
import { right } from '../columns.ts';
import type { DriftPoint, DriftReport, ReplayReport } from '../report.ts';
import { percentOf, widthInWords } from '../words.ts';

/** How findings change over the range. */
export function driftSection(report: ReplayReport): PageSection {
  const { stretches, widthMs, classes } = report.drift;
  const title = 'Drift over the range';
  if (stretches.length < 2)
    return { title, about: 'All records were written within one stretch of time: there is nothing to compare.', content: [] };
  return {
    title,
    about: [
      `By the time at which notes were written to their topic, in stretches of ${widthInWords(widthMs)}.`,
      'Entropy is that of every row at its exit, confidence that of what was found.',
      "Label shift is the Jensen-Shannon divergence of a stretch's labels from those of the whole range:",
      '0 the same, 1 nothing in common; with few notes it is high by chance.',
    ].join(' '),
    content: [figures(driftCharts(report)), ...movedTable(classes)],
  };
}

function driftCharts({ drift: { stretches }, variants, comparisons }: ReplayReport): Html[] {
  const times = stretches.map(({ from }) => Date.parse(from));
  // Ticks at round times would need a scale of its own; first and last time are the ends of the
  // axis.
  const common = { xFormat: timeFormat(times[0]!, times.at(-1)!), xMin: times[0]!, xMax: times.at(-1)!, height: 220 };
  const chart = (title: string, of: (point: DriftPoint) => number | null, more: { yMin?: number; yMax?: number } = {}): Html =>
    lineChart({
      title,
      ...common,
      series: variants.map(({ id, policy }) => ({
        name: `${id} (${policy})`,
        points: stretches.map(({ variants: points }, at) => ({ x: times[at]!, y: of(points[id]!) ?? Number.NaN })),
      })),
      ...more,
    });
  const agreement = () =>
    lineChart({
      title: `Agreement with ${comparisons[0]!.a}, all tasks`,
      ...common,
      yFormat: (share) => `${Number((100 * share).toFixed(1))} %`,
      yMax: 1,
      series: comparisons.map(({ b }, at) => ({
        name: b,
        // That of the variant in the other charts.
        colour: at + 1,
        points: stretches.map(({ agreement }, at) => ({ x: times[at]!, y: agreement[b] ?? Number.NaN })),
      })),
    });
  return [
    chart('Mean entropy at the exit', (point) => point.meanEntropy, { yMin: 0 }),
    chart('Mean confidence', (point) => point.meanConfidence, { yMax: 1 }),
    chart('Label shift', (point) => point.classShift, { yMin: 0 }),
    chart('Mean exit layer', (point) => point.meanExitLayer, { yMin: 0 }),
    chart('Events per note', (point) => point.eventsPerNote, { yMin: 0 }),
    ...(comparisons.length === 0 ? [] : [agreement()]),
    barChart({
      title: 'Notes',
      height: 220,
      categories: times.map(common.xFormat),
      series: [{ name: 'notes', bars: stretches.map(({ documents }) => ({ value: documents })) }],
    }),
  ];
}

/** Labels whose share moved most; nothing where none did. */
function movedTable(classes: DriftReport['classes']): Html[] {
  const moved = Object.entries(classes).flatMap(([id, own]) =>
    own.map(({ task, label, earlier, later }) => {
      const points = `${later < earlier ? '-' : '+'}${(100 * Math.abs(later - earlier)).toFixed(1)}`;
      return [id, task, label, percentOf(earlier), percentOf(later), points];
    }),
  );
  if (moved.length === 0) return [];
  return [
    paragraph('Labels whose share of their task moved most between the earlier and the later half of the notes:'),
    table([{ heading: 'variant' }, { heading: 'task' }, { heading: 'label' }, ...['earlier', 'later', 'points'].map(right)], moved),
  ];
}

/** As much of a time as tells the ends of the range apart. */
function timeFormat(firstMs: number, lastMs: number): (ms: number) => string {
  const span = lastMs - firstMs;
  const iso = (ms: number) => new Date(ms).toISOString();
  if (span >= 330 * 86_400_000) return (ms) => iso(ms).slice(0, 10);
  if (span >= 2 * 86_400_000) return (ms) => iso(ms).slice(5, 10);
  if (span >= 600_000) return (ms) => iso(ms).slice(11, 16);
  if (span >= 10_000) return (ms) => iso(ms).slice(11, 19);
  return (ms) => iso(ms).slice(17, 23);
}
