import {
  barChart,
  figures,
  type Headline,
  type Html,
  intervalChart,
  lineChart,
  type PageSection,
  page,
  paragraph,
  table,
} from '@epee/html';
import { count, counted } from '@epee/terminal';
import { COMPARED_TASKS } from './items.ts';
import type { ComparisonReport, DriftPoint, LabelsReport, ReplayReport, VariantReport } from './report.ts';
import { digits, percentOf, percentRange, percentWithRange, pointsWithRange, signedPoints, variantTitle, widthInWords } from './words.ts';

const CHANGES_SHOWN = 20;
const LABELS_SHOWN = 30;
const INTERVALS = 'Intervals hold 95 % of 1,000 bootstrap resamples of the documents.';

/** The report as one self-contained HTML page. */
export function reportPage(report: ReplayReport): string {
  const { run, documents, incomplete, variants, comparisons } = report;
  const offsets = run.ranges.map(({ partition, from, to }) => `${partition}: ${from} to ${BigInt(to) - 1n}`).join(', ');
  return page({
    title: `Replay ${run.id}`,
    about: `What ${variants.length === 1 ? 'one variant' : `${variants.length} variants`} found in a range of ${run.topic}${run.finished ? '' : '. The run is not finished: this is what it found so far'}.`,
    facts: [
      ['begun', run.createdAt],
      ['offsets by partition', offsets],
      ['records', `${count(documents)} answered by every variant${incomplete === 0 ? '' : `, ${count(incomplete)} by some only`}`],
      ['arithmetic', run.precision],
      ...variants.map(
        ({ id, model, policy }) => [`variant ${id}`, `${variantTitle({ model, policy })} (${model.sha256.slice(0, 12)})`] as const,
      ),
    ],
    headlines:
      comparisons.length === 0 ? variants.slice(0, 1).flatMap(variantHeadlines) : comparisons.slice(0, 1).flatMap(comparisonHeadlines),
    sections: [
      variantsSection(variants),
      ...comparisons.map(comparisonSection),
      ...(report.labels === null ? [] : [labelsSection(report.labels)]),
      exitsSection(variants),
      driftSection(report),
      ...comparisons.filter(({ worst }) => worst.length > 0).map(worstSection),
    ],
  });
}

function variantHeadlines({ id, layersSaved, results, meanExitLayer }: VariantReport): Headline[] {
  return [
    { value: count(results), meaning: 'results' },
    { value: percentOf(layersSaved.value), meaning: `layers saved by ${id} against full depth` },
    { value: digits(meanExitLayer, 1), meaning: 'mean exit layer' },
  ];
}

function comparisonHeadlines({ a, b, tasks, identical, layersSaved, timeSaved }: ComparisonReport): Headline[] {
  const headline = (value: number, meaning: string): Headline => ({ value: percentOf(value), meaning });
  return [
    headline(tasks.events.agreement.value, `agreement of ${b} with ${a} on events`),
    headline(tasks.entities.agreement.value, 'agreement on entities'),
    headline(identical.value, 'of the documents the same in everything'),
    headline(layersSaved.value, `fewer layers in ${b} than in ${a}`),
    headline(timeSaved.value, `less engine time in ${b} than in ${a}`),
  ];
}

function variantsSection(variants: readonly VariantReport[]): PageSection {
  const failures = variants.flatMap(({ id, failures }) => Object.entries(failures).map(([code, number]) => [id, code, count(number)]));
  return {
    title: 'Variants',
    about:
      "Layers saved: 1 - layers run / layers of full depth, over all rows. Engine time is each note's share of its batches, by tokens and layers; for times by the clock see epee bench.",
    content: [
      table(
        [
          { heading: '' },
          { heading: 'model and policy' },
          ...['results', 'failed', 'sections', 'events', 'entities', 'relations', 'rows', 'exit layer', 'layers saved', 'ms a note'].map(
            rightOf,
          ),
        ],
        variants.map(({ id, model, policy, results, failures, found, rows, meanExitLayer, layersSaved, computeMsPerNote }) => [
          id,
          variantTitle({ model, policy }),
          count(results),
          count(Object.values(failures).reduce((sum, number) => sum + number, 0)),
          ...COMPARED_TASKS.map((task) => count(found[task])),
          count(rows),
          digits(meanExitLayer, 1),
          percentWithRange(layersSaved),
          digits(computeMsPerNote, 1),
        ]),
      ),
      ...(failures.length === 0
        ? []
        : [
            paragraph('Records without a result, by code. What each code means stands in docs/ERRORS.md.'),
            table([{ heading: 'variant' }, { heading: 'code' }, rightOf('records')], failures),
          ]),
    ],
  };
}

function comparisonSection(comparison: ComparisonReport): PageSection {
  const { a, b, documents, onlyA, onlyB, tasks, identical, layersSaved, timeSaved, labels, changes } = comparison;
  const differing = labels.filter(({ lost, gained, changed }) => lost + gained + changed > 0).slice(0, LABELS_SHOWN);
  return {
    title: `${b} against ${a}`,
    about: `${counted(documents, 'document')} of which both have a result${onlyA + onlyB === 0 ? '' : `; ${count(onlyA)} of ${a} alone and ${count(onlyB)} of ${b} alone are left out`}. The same means: the same place and the same label. Lost: ${a} alone found it; gained: ${b} alone; changed: both, under different labels. ${INTERVALS}`,
    content: [
      figures([
        intervalChart({
          title: `Agreement of ${b} with ${a}`,
          rows: [...COMPARED_TASKS.map((task) => ({ label: task, ...tasks[task].agreement })), { label: 'whole documents', ...identical }],
          xMax: 1,
          xFormat: percentOf,
          caption: '2 x both / (found by either, added up); of whole documents the share in which nothing differs.',
        }),
        barChart({
          title: 'Lost, gained and changed',
          categories: COMPARED_TASKS,
          series: [
            { name: `lost (share of ${a})`, bars: COMPARED_TASKS.map((task) => tasks[task].lostShare) },
            { name: `gained (share of ${b})`, bars: COMPARED_TASKS.map((task) => tasks[task].gainedShare) },
            { name: `changed (share of ${a})`, bars: COMPARED_TASKS.map((task) => tasks[task].changedShare) },
          ],
          yFormat: (share) => `${Number((100 * share).toFixed(2))} %`,
        }),
      ]),
      table(
        [{ heading: 'task' }, ...[`in ${a}`, `in ${b}`, 'in both', 'agreement', '95 % interval', 'lost', 'gained', 'changed'].map(rightOf)],
        COMPARED_TASKS.map((task) => {
          const { a: inA, b: inB, both, agreement, lost, gained, changed } = tasks[task];
          return [
            task,
            ...[inA, inB, both].map(count),
            percentOf(agreement.value),
            percentRange(agreement),
            ...[lost, gained, changed].map(count),
          ];
        }),
      ),
      paragraph(`Layers saved against ${a}: ${percentWithRange(layersSaved)}. Engine time saved: ${percentWithRange(timeSaved)}.`),
      ...(differing.length === 0
        ? []
        : [
            table(
              [{ heading: 'task' }, { heading: 'label' }, ...['kept', 'lost', 'gained', 'changed'].map(rightOf)],
              differing.map(({ task, label, kept, lost, gained, changed }) => [task, label, ...[kept, lost, gained, changed].map(count)]),
            ),
          ]),
      ...(changes.length === 0
        ? []
        : [
            table(
              [{ heading: 'task' }, { heading: `label in ${a}` }, { heading: `label in ${b}` }, rightOf('times')],
              changes.slice(0, CHANGES_SHOWN).map(({ task, from, to, count: times }) => [task, from, to, count(times)]),
            ),
          ]),
    ],
  };
}

function exitsSection(variants: readonly VariantReport[]): PageSection {
  const tasks = [...new Set(variants.flatMap(({ exits }) => Object.keys(exits)))];
  const chart = (task: string): Html => {
    const own = variants.filter(({ exits }) => exits[task] !== undefined);
    const layers = Math.max(...own.map(({ exits }) => exits[task]!.layers.length));
    return barChart({
      title: task,
      xLabel: 'exit layer',
      yLabel: 'share of rows',
      categories: Array.from({ length: layers }, (_, at) => String(at + 1)),
      series: own.map(({ id, policy, exits }) => {
        const { rows, layers: left } = exits[task]!;
        const share = (at: number) => {
          const layer = left[at];
          return layer === undefined ? 0 : (layer.entropy + layer.patience + layer.final) / rows;
        };
        return { name: `${id} (${policy})`, bars: Array.from({ length: layers }, (_, at) => ({ value: share(at) })) };
      }),
      yFormat: (share) => `${Math.round(100 * share)} %`,
      height: 240,
    });
  };
  const reasons = variants.flatMap(({ id, exits }) =>
    Object.entries(exits).map(([task, { rows, meanEntropy, layers }]) => {
      const sum = (reason: 'entropy' | 'patience' | 'final') => layers.reduce((all, layer) => all + layer[reason], 0);
      return [
        id,
        task,
        count(rows),
        ...[sum('entropy'), sum('patience'), sum('final')].map((left) => percentOf(left / rows)),
        digits(meanEntropy, 4),
      ];
    }),
  );
  return {
    title: 'Exits by layer',
    about: 'Every row that was run, those in which nothing was found included. Sections with a standard heading need no row.',
    content: [
      figures(tasks.map(chart)),
      table(
        [
          { heading: 'variant' },
          { heading: 'task' },
          ...['rows', 'by entropy', 'by patience', 'at the last layer', 'mean entropy at the exit'].map(rightOf),
        ],
        reasons,
      ),
    ],
  };
}

function driftSection({ drift, variants, comparisons }: ReplayReport): PageSection {
  const { stretches, widthMs, classes } = drift;
  const title = 'Drift over the range';
  if (stretches.length < 2)
    return { title, about: 'All records were written within one stretch of time: there is nothing to compare.', content: [] };
  const times = stretches.map(({ from }) => Date.parse(from));
  const xFormat = timeFormat(times[0]!, times.at(-1)!);
  const chart = (title: string, of: (point: DriftPoint) => number | null, more: { yMin?: number; yMax?: number } = {}): Html =>
    lineChart({
      title,
      xFormat,
      height: 220,
      series: variants.map(({ id, policy }) => ({
        name: `${id} (${policy})`,
        points: stretches.map(({ variants: points }, at) => ({ x: times[at]!, y: of(points[id]!) ?? Number.NaN })),
      })),
      ...timeTicks(times),
      ...more,
    });
  const moved = Object.entries(classes).flatMap(([id, own]) =>
    own.map(({ task, label, earlier, later }) => [
      id,
      task,
      label,
      percentOf(earlier),
      percentOf(later),
      `${later < earlier ? '-' : '+'}${(100 * Math.abs(later - earlier)).toFixed(1)}`,
    ]),
  );
  return {
    title,
    about: `By the time at which notes were written to their topic, in stretches of ${widthInWords(widthMs)}. Entropy is that of every row at its exit, confidence that of what was found. Label shift is the Jensen-Shannon divergence of a stretch's labels from those of the whole range: 0 the same, 1 nothing in common; with few notes it is high by chance.`,
    content: [
      figures([
        chart('Mean entropy at the exit', (point) => point.meanEntropy, { yMin: 0 }),
        chart('Mean confidence', (point) => point.meanConfidence, { yMax: 1 }),
        chart('Label shift', (point) => point.classShift, { yMin: 0 }),
        chart('Mean exit layer', (point) => point.meanExitLayer, { yMin: 0 }),
        chart('Events a note', (point) => point.eventsPerNote, { yMin: 0 }),
        ...(comparisons.length === 0
          ? []
          : [
              lineChart({
                title: `Agreement with ${comparisons[0]!.a}, all tasks`,
                xFormat,
                height: 220,
                yFormat: (share) => `${Number((100 * share).toFixed(1))} %`,
                yMax: 1,
                series: comparisons.map(({ b }, at) => ({
                  name: b,
                  // That of the variant in the other charts.
                  colour: at + 1,
                  points: stretches.map(({ agreement }, at) => ({ x: times[at]!, y: agreement[b] ?? Number.NaN })),
                })),
                ...timeTicks(times),
              }),
            ]),
        barChart({
          title: 'Notes',
          height: 220,
          categories: times.map(xFormat),
          series: [{ name: 'notes', bars: stretches.map(({ documents }) => ({ value: documents })) }],
        }),
      ]),
      ...(moved.length === 0
        ? []
        : [
            paragraph('Labels whose share of their task moved most between the earlier and the later half of the notes:'),
            table(
              [{ heading: 'variant' }, { heading: 'task' }, { heading: 'label' }, ...['earlier', 'later', 'points'].map(rightOf)],
              moved,
            ),
          ]),
    ],
  };
}

/** Ticks at round times would need a scale of its own; first and last time are the ends of the axis. */
const timeTicks = (times: readonly number[]) => ({ xMin: times[0]!, xMax: times.at(-1)! });

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

function labelsSection({ file, documents, missing, scores, differences }: LabelsReport): PageSection {
  const ids = Object.keys(scores);
  const parts = Object.keys(scores[ids[0]!] ?? {});
  return {
    title: 'Scores on labels',
    about: `${counted(documents, 'document')} of ${file} in the replay${missing === 0 ? '' : `, ${count(missing)} not in it`}. Exact places and labels, micro averages in percent. ${INTERVALS}`,
    content: [
      barChart({
        title: 'F1',
        categories: parts,
        series: ids.map((id) => ({ name: id, bars: parts.map((part) => scores[id]![part]!.f1Interval) })),
        yMax: 100,
      }),
      table(
        [
          { heading: 'variant' },
          { heading: 'part' },
          ...['wanted', 'precision', 'recall', 'F1 (95 % interval)', 'against the first'].map(rightOf),
        ],
        ids.flatMap((id) =>
          parts.map((part) => {
            const { gold, precision, recall, f1Interval } = scores[id]![part]!;
            const difference = differences[id]?.[part];
            return [
              id,
              part,
              count(gold),
              precision.toFixed(1),
              recall.toFixed(1),
              pointsWithRange(f1Interval),
              difference === undefined ? '' : signedPoints(difference),
            ];
          }),
        ),
      ),
    ],
  };
}

function worstSection({ a, b, worst }: ComparisonReport): PageSection {
  return {
    title: `Documents in which ${b} differs most from ${a}`,
    about: 'Lost / gained / changed by task. Look at a note with its id, or read it from its topic by partition and offset.',
    content: [
      table(
        [{ heading: 'document' }, rightOf('partition: offset'), rightOf('different'), rightOf('of'), ...COMPARED_TASKS.map(rightOf)],
        worst.map(({ documentId, partition, offset, differences, of, tasks }) => [
          documentId,
          `${partition}: ${offset}`,
          count(differences),
          count(of),
          ...COMPARED_TASKS.map((task) => {
            const { lost, gained, changed } = tasks[task];
            return lost + gained + changed === 0 ? '' : `${lost} / ${gained} / ${changed}`;
          }),
        ]),
      ),
    ],
  };
}

const rightOf = (heading: string) => ({ heading, align: 'right' as const });
