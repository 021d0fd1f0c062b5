import { type Cells, count, counted, stackedTable } from '@epee/terminal';
import type { ListedRun } from '../plan/plan.ts';
import { COMPARED_TASKS } from '../tally/items.ts';
import { right } from './columns.ts';
import type { ComparisonReport, LabelsReport, ReplayReport, VariantReport } from './report.ts';
import { digits, percentOf, percentWithRange, pointsWithRange, signedPoints, variantName, variantTitle, widthInWords } from './words.ts';

const LABELS_SHOWN = 10;
const WORST_SHOWN = 10;
const CLASSES_SHOWN = 6;

/** The report as text; its tables are no wider than `width` characters. */
export function replayText(report: ReplayReport, width = 80): string {
  const { run, documents, incomplete } = report;
  const head = [
    `Replay run ${run.id} of ${run.topic}, ${run.createdAt}${run.finished ? '' : ' (not finished)'}`,
    `${counted(documents, 'record')} answered by every variant${incomplete === 0 ? '' : `; ${count(incomplete)} by some only`}`,
    'Ranges in brackets are 95 % intervals (bootstrap over documents).',
  ].join('\n');
  const parts = [
    head,
    variantsPart(report, width),
    ...report.variants.flatMap((variant) => exitsPart(variant, width)),
    ...report.comparisons.flatMap((comparison) => comparisonParts(comparison, width)),
    ...(report.labels === null ? [] : [labelsPart(report.labels, width)]),
    driftPart(report, width),
  ];
  return parts.join('\n\n');
}

function variantsPart({ variants }: ReplayReport, width: number): string {
  const columns = [
    { heading: 'variant', least: 30 },
    ...['results', 'failed', 'events', 'entities', 'relations', 'exit layer', 'layers saved', 'ms/note'].map(right),
  ];
  const rows = variants.map(
    (variant): Cells => [
      `${variant.id} = ${variantTitle(variant)}`,
      count(variant.results),
      count(Object.values(variant.failures).reduce((sum, number) => sum + number, 0)),
      count(variant.found.events),
      count(variant.found.entities),
      count(variant.found.relations),
      digits(variant.meanExitLayer, 1),
      percentWithRange(variant.layersSaved),
      digits(variant.computeMsPerNote, 1),
    ],
  );
  const failures = variants.flatMap(({ id, failures }) =>
    Object.entries(failures).map(([code, number]) => `  ${id}: ${count(number)} x ${code}`),
  );
  return [stackedTable(columns, rows, width), ...(failures.length === 0 ? [] : ['Records without a result, by code:', ...failures])].join(
    '\n',
  );
}

/** One line per task: the share of rows that left after each layer. */
function exitsPart({ id, exits }: VariantReport, width: number): string[] {
  const tasks = Object.entries(exits);
  if (tasks.length === 0) return [];
  const layers = Math.max(...tasks.map(([, { layers }]) => layers.length));
  const columns = [
    { heading: `${id}: exits after, %` },
    ...Array.from({ length: layers }, (_, at) => right(String(at + 1))),
    right('entropy'),
  ];
  const rows = tasks.map(([task, { rows, meanEntropy, layers: own }]): Cells => {
    const share = (at: number) => {
      const layer = own[at];
      const left = layer === undefined ? 0 : layer.entropy + layer.patience + layer.final;
      return left === 0 ? '.' : String(Math.round((100 * left) / rows));
    };
    return [`${task} (${counted(rows, 'row')})`, ...Array.from({ length: layers }, (_, at) => share(at)), digits(meanEntropy, 3)];
  });
  return [stackedTable(columns, rows, width)];
}

function comparisonParts(comparison: ComparisonReport, width: number): string[] {
  const { changes, labels, worst } = comparison;
  const differing = labels.filter(({ lost, gained, changed }) => lost + gained + changed > 0).slice(0, LABELS_SHOWN);
  const byLabel = differing.map(({ task, label, kept, lost, gained, changed }) => [
    `${task} ${label}`,
    ...[kept, lost, gained, changed].map(count),
  ]);
  const byChange = changes.slice(0, LABELS_SHOWN).map(({ task, from, to, count: times }) => [`${task}: ${from} -> ${to}`, count(times)]);
  const byDocument = worst
    .slice(0, WORST_SHOWN)
    .map(({ documentId, partition, offset, differences, of }) => [documentId, `${partition}:${offset}`, count(differences), count(of)]);
  const listed = (heading: string, more: readonly string[], rows: readonly Cells[]) =>
    rows.length === 0 ? [] : [stackedTable([{ heading, least: 40 }, ...more.map(right)], rows, width)];
  return [
    agreementPart(comparison, width),
    ...listed('label', ['kept', 'lost', 'gained', 'changed'], byLabel),
    ...listed('changed label', ['times'], byChange),
    ...listed('most differences in', ['place', 'different', 'of'], byDocument),
  ];
}

function agreementPart(
  { a, b, tasks, identical, layersSaved, timeSaved, documents, onlyA, onlyB }: ComparisonReport,
  width: number,
): string {
  const columns = [{ heading: `${b} against ${a}` }, ...[a, b, 'both', 'agreement', 'lost', 'gained', 'changed'].map(right)];
  const rows = COMPARED_TASKS.map((task): Cells => {
    const own = tasks[task];
    return [
      task,
      ...[own.a, own.b, own.both].map(count),
      percentWithRange(own.agreement),
      ...[own.lost, own.gained, own.changed].map(count),
    ];
  });
  return [
    stackedTable(columns, rows, width),
    `${counted(documents, 'document')} compared; ${percentWithRange(identical)} of them the same in everything`,
    ...(onlyA + onlyB === 0 ? [] : [`${count(onlyA)} have a result of ${a} alone, ${count(onlyB)} of ${b} alone`]),
    `${b} against ${a}: layers saved ${percentWithRange(layersSaved)}, engine time saved ${percentWithRange(timeSaved)}`,
  ].join('\n');
}

function labelsPart({ file, documents, missing, scores, differences }: LabelsReport, width: number): string {
  const parts = Object.keys(Object.values(scores)[0] ?? {});
  const columns = [{ heading: 'variant' }, ...parts.map(right)];
  const rows = [
    ...Object.entries(scores).map(([id, own]): Cells => [id, ...parts.map((part) => pointsWithRange(own[part]!.f1Interval))]),
    ...Object.entries(differences).map(([id, own]): Cells => [`${id} vs. the first`, ...parts.map((part) => signedPoints(own[part]!))]),
  ];
  return [
    `F1 on ${file}`,
    stackedTable(columns, rows, width),
    `${counted(documents, 'labelled document')} in the replay; ${count(missing)} not in it`,
  ].join('\n');
}

function driftPart({ drift, variants }: ReplayReport, width: number): string {
  const { stretches, widthMs, classes } = drift;
  if (stretches.length < 2) return 'Drift: all records were written within one stretch of time; there is nothing to compare.';
  const columns = [
    { heading: `stretches of ${widthInWords(widthMs)}` },
    right('notes'),
    ...variants.flatMap(({ id }) => [`${id} entropy`, `${id} conf.`, `${id} shift`].map(right)),
    ...variants.slice(1).map(({ id }) => right(`${id} agrees`)),
  ];
  const rows = stretches.map(
    ({ from, documents, variants: points, agreement }): Cells => [
      from,
      count(documents),
      ...variants.flatMap(({ id }) => {
        const point = points[id]!;
        return [digits(point.meanEntropy, 3), digits(point.meanConfidence, 3), digits(point.classShift, 3)];
      }),
      ...variants.slice(1).map(({ id }) => percentOf(agreement[id] ?? null)),
    ],
  );
  const moved = Object.entries(classes).flatMap(([id, own]) =>
    own
      .slice(0, CLASSES_SHOWN)
      .map(
        ({ task, label, earlier, later }) =>
          `  ${id}: ${task} ${label}: ${percentOf(earlier)} in the earlier half, ${percentOf(later)} in the later`,
      ),
  );
  return [
    'Drift over the range',
    'shift: Jensen-Shannon divergence of labels from the whole range, 0 to 1',
    stackedTable(columns, rows, width),
    ...(moved.length === 0 ? [] : ['Labels that moved most:', ...moved]),
  ].join('\n');
}

/** The runs as a table that is no wider than `width` characters. */
export function runsText(runs: readonly ListedRun[], width = 80): string {
  if (runs.length === 0) return 'There are no replay runs yet. Start one with: epee replay run';
  const columns = [
    { heading: 'run' },
    { heading: 'state' },
    right('offsets'),
    { heading: 'topic', least: 16 },
    { heading: 'variants', least: 20 },
  ];
  const rows = runs.map((run) => [run.id, stateOf(run), count(run.offsets), run.topic, run.variants.map(variantName).join(', ')]);
  return stackedTable(columns, rows, width);
}

function stateOf({ finishedAt, doneOffsets, offsets }: ListedRun): string {
  if (finishedAt !== null) return 'finished';
  return doneOffsets === null ? 'lost' : `${Math.floor((100 * doneOffsets) / Math.max(1, offsets))} %`;
}
