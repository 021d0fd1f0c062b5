import { type Cells, type Column, count, counted, tableHead, tableRow } from '@epee/terminal';
import { COMPARED_TASKS } from './items.ts';
import type { ComparisonReport, LabelsReport, ReplayReport, VariantReport } from './report.ts';
import { digits, percentOf, percentWithRange, pointsWithRange, signedPoints, variantTitle, widthInWords } from './words.ts';

const LABELS_SHOWN = 10;
const WORST_SHOWN = 10;
const CLASSES_SHOWN = 6;

/** The report as text for a terminal. */
export function reportText(report: ReplayReport): string {
  const { run, documents, incomplete } = report;
  const head = [
    `Replay run ${run.id} of ${run.topic}, ${run.createdAt}${run.finished ? '' : ' (not finished)'}`,
    `${counted(documents, 'record')} answered by every variant${incomplete === 0 ? '' : `; ${count(incomplete)} by some only`}. Ranges in brackets are 95 % intervals (bootstrap over documents).`,
  ].join('\n');
  const parts = [
    head,
    variantsPart(report),
    ...report.variants.flatMap((variant) => exitsPart(variant)),
    ...report.comparisons.flatMap((comparison) => comparisonParts(comparison)),
    ...(report.labels === null ? [] : [labelsPart(report.labels)]),
    driftPart(report),
  ];
  return `${parts.join('\n\n')}\n`;
}

function variantsPart({ variants }: ReplayReport): string {
  const columns: Column[] = [
    { heading: 'variant', width: 34 },
    right('results', 8),
    right('failed', 7),
    right('events', 8),
    right('entities', 9),
    right('relations', 9),
    right('exit layer', 10),
    right('layers saved', 24),
    right('ms/note', 8),
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
  return [table(columns, rows), ...(failures.length === 0 ? [] : ['Records without a result, by code:', ...failures])].join('\n');
}

/** One line a task: the share of rows that left after each layer. */
function exitsPart({ id, exits }: VariantReport): string[] {
  const tasks = Object.entries(exits);
  if (tasks.length === 0) return [];
  const layers = Math.max(...tasks.map(([, { layers }]) => layers.length));
  const columns = [
    { heading: `${id}: rows by exit layer, %`, width: 24 },
    ...Array.from({ length: layers }, (_, at) => right(String(at + 1), 4)),
    right('entropy', 8),
  ];
  const rows = tasks.map(([task, { rows, meanEntropy, layers: own }]): Cells => {
    const share = (at: number) => {
      const layer = own[at];
      const left = layer === undefined ? 0 : layer.entropy + layer.patience + layer.final;
      return left === 0 ? '.' : String(Math.round((100 * left) / rows));
    };
    return [`${task} (${counted(rows, 'row')})`, ...Array.from({ length: layers }, (_, at) => share(at)), digits(meanEntropy, 3)];
  });
  return [table(columns, rows)];
}

function comparisonParts(comparison: ComparisonReport): string[] {
  const { a, b, tasks, identical, layersSaved, timeSaved, documents, onlyA, onlyB, changes, labels, worst } = comparison;
  const columns: Column[] = [
    { heading: `${b} against ${a}`, width: 14 },
    right(a, 8),
    right(b, 8),
    right('both', 8),
    right('agreement', 24),
    right('lost', 7),
    right('gained', 7),
    right('changed', 8),
  ];
  const rows = COMPARED_TASKS.map((task): Cells => {
    const own = tasks[task];
    return [
      task,
      count(own.a),
      count(own.b),
      count(own.both),
      percentWithRange(own.agreement),
      count(own.lost),
      count(own.gained),
      count(own.changed),
    ];
  });
  const lines = [
    `${counted(documents, 'document')} compared; ${percentWithRange(identical)} of them the same in everything`,
    ...(onlyA + onlyB === 0 ? [] : [`${count(onlyA)} have a result of ${a} alone, ${count(onlyB)} of ${b} alone`]),
    `${b} against ${a}: layers saved ${percentWithRange(layersSaved)}, engine time saved ${percentWithRange(timeSaved)}`,
  ];
  const differing = labels.filter(({ lost, gained, changed }) => lost + gained + changed > 0).slice(0, LABELS_SHOWN);
  return [
    [table(columns, rows), ...lines].join('\n'),
    ...(differing.length === 0
      ? []
      : [
          table(
            [{ heading: 'label', width: 40 }, right('kept', 8), right('lost', 8), right('gained', 8), right('changed', 8)],
            differing.map(({ task, label, kept, lost, gained, changed }) => [
              `${task} ${label}`,
              count(kept),
              count(lost),
              count(gained),
              count(changed),
            ]),
          ),
        ]),
    ...(changes.length === 0
      ? []
      : [
          table(
            [{ heading: 'changed label', width: 66 }, right('times', 8)],
            changes.slice(0, LABELS_SHOWN).map(({ task, from, to, count: times }) => [`${task}: ${from} -> ${to}`, count(times)]),
          ),
        ]),
    ...(worst.length === 0
      ? []
      : [
          table(
            [{ heading: 'most differences in', width: 40 }, right('place', 16), right('different', 10), right('of', 6)],
            worst
              .slice(0, WORST_SHOWN)
              .map(({ documentId, partition, offset, differences, of }) => [
                documentId,
                `${partition}:${offset}`,
                count(differences),
                count(of),
              ]),
          ),
        ]),
  ];
}

function labelsPart({ file, documents, missing, scores, differences }: LabelsReport): string {
  const parts = Object.keys(Object.values(scores)[0] ?? {});
  const columns: Column[] = [{ heading: `F1 on ${file}`, width: 30 }, ...parts.map((part) => right(part, 22))];
  const rows = [
    ...Object.entries(scores).map(([id, own]): Cells => [id, ...parts.map((part) => pointsWithRange(own[part]!.f1Interval))]),
    ...Object.entries(differences).map(([id, own]): Cells => [`${id} less the first`, ...parts.map((part) => signedPoints(own[part]!))]),
  ];
  return [table(columns, rows), `${counted(documents, 'labelled document')} in the replay; ${count(missing)} not in it`].join('\n');
}

function driftPart({ drift, variants }: ReplayReport): string {
  const { stretches, widthMs, classes } = drift;
  if (stretches.length < 2) return 'Drift: all records were written within one stretch of time; there is nothing to compare.';
  const columns: Column[] = [
    { heading: `stretches of ${widthInWords(widthMs)}`, width: 24 },
    right('notes', 7),
    ...variants.flatMap(({ id }) => [right(`${id} entropy`, 10), right(`${id} conf.`, 8), right(`${id} shift`, 8)]),
    ...variants.slice(1).map(({ id }) => right(`${id} agrees`, 9)),
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
    'Drift over the range (shift: Jensen-Shannon divergence of labels from the whole range, 0 to 1)',
    table(columns, rows),
    ...(moved.length === 0 ? [] : ['Labels that moved most:', ...moved]),
  ].join('\n');
}

const right = (heading: string, width: number): Column => ({ heading, width, align: 'right' });

const table = (columns: readonly Column[], rows: readonly Cells[]) =>
  [tableHead(columns), ...rows.map((cells) => tableRow(columns, cells))].join('\n');
