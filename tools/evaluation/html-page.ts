import type { CriterionSet, CurvePoint } from '@epee/exits';
import { pairOf } from '@epee/exits';
import { barChart, type Content, figures, type Html, lineChart, type PageSection, page, table } from '@epee/html';
import { count, percent } from '@epee/terminal';
import { headline } from './analysis-tables.ts';
import type { EvaluationReport, HardRow, HeadReport, TaskCurve, TaskReport, ViewReport } from './report.ts';

const right = (heading: string) => ({ heading, align: 'right' }) as const;
const SETS: readonly (readonly [CriterionSet, string])[] = [
  ['epee', 'EPEE: both'],
  ['entropy', 'entropy alone'],
  ['patience', 'patience alone'],
];
const REASONS = ['entropy', 'patience', 'final'] as const;
/** Charts of an exit histogram: one a policy that lets rows out. */
const MOST_HISTOGRAMS = 4;
/** Decisions from which on a bin is drawn: fewer say nothing. */
const SHOWN_BIN = 10;

/** The report as one self-contained page. Holds ids and labels, no text of the data. */
export function evaluationPage({ model, data, tasks, engine }: EvaluationReport): string {
  return page({
    title: `${model.name} ${model.version}: scores, exits and their price`,
    about:
      'How good each layer and each exit policy is on labelled data, where rows leave the model, and what every pair of entropy threshold and patience would bring.',
    facts: [
      [
        'data',
        `${fileName(data.file)} (${data.kind}, ${count(data.items)} items${data.excluded === 0 ? '' : `, ${count(data.excluded)} left out`})`,
      ],
      ['layers', String(model.layers)],
      ['manifest', model.sha256.slice(0, 12)],
      ...(engine === null
        ? []
        : [
            [
              `exit graph, ${engine.precision}`,
              `${count(engine.different)} of ${count(engine.rows)} rows differ from the exit rule, ${count(engine.onTheEdge)} by rounding`,
            ] as const,
          ]),
    ],
    headlines: tasks.flatMap(taskHeadlines).slice(0, 4),
    sections: tasks.flatMap((task) => taskSections(task, model.layers)),
  });
}

/** A path may tell of the machine; the name does not. */
const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function taskHeadlines({ task, views, isAccuracy }: TaskReport) {
  const name = headline(Object.keys(views[0]?.scores ?? {}));
  const policies = views.filter(({ kind, depth }) => kind === 'policy' && depth.layersSaved > 0);
  return policies
    .slice(-1)
    .flatMap(({ name: policy, scores, depth }) => [
      ...(name === undefined
        ? []
        : [{ value: scores[name]!.f1.toFixed(1), meaning: `${task}: ${isAccuracy ? 'accuracy' : 'F1'} with ${policy}` }]),
      { value: `${depth.tokenSpeedUp.toFixed(2)}x`, meaning: `${task}: fewer token-layers with ${policy}` },
    ]);
}

function taskSections(report: TaskReport, layers: number): PageSection[] {
  const { task, items, documents, analysis, unknownLabels } = report;
  const strange = Object.entries(unknownLabels).map(([label, times]) => `${label} (${times})`);
  const about = [
    `${count(items)} items of ${count(documents)} documents.`,
    'Intervals hold 95 % of 1,000 resamples of documents; differences are to full depth on the same resamples.',
    ...(strange.length === 0 ? [] : [`Labels that the model does not know: ${strange.join(', ')}.`]),
  ].join(' ');
  const sections: PageSection[] = [{ title: `${task}: scores`, about, content: [...layerChart(report), scoreTable(report)] }];
  const exits = exitCharts(report);
  if (exits.length > 0) {
    sections.push({
      title: `${task}: where rows leave`,
      about: 'Rows by the layer after which they left, and why.',
      content: [figures(exits)],
    });
  }
  if (analysis === null) return sections;
  for (const curve of analysis.curves) sections.push(curveSection(curve, report));
  if (analysis.heads.length > 0) sections.push(headSection(task, analysis.heads, analysis.temperaturesFrom, layers));
  if (analysis.times !== null) sections.push(timeSection(task, analysis.times));
  if (analysis.hardest.length > 0) sections.push(hardestSection(task, analysis.hardest));
  return sections;
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
  const names = Object.keys(views[0]?.scores ?? {});
  const perNote = Object.keys(views[0]?.perNote ?? {});
  const head = headline(names);
  const hasAuroc = views.some(({ auroc }) => auroc !== null);
  const columns = [
    { heading: 'view' },
    ...names.flatMap((name) => [
      right(isAccuracy ? 'accuracy' : `${name} F1`),
      ...(name === head ? [right('95 % interval'), right('less full depth')] : []),
    ]),
    ...(hasAuroc ? [right('AUROC')] : []),
    ...perNote.map((name) => right(`${name} a note`)),
    right('mean exit layer'),
    right('layers saved'),
    right('token-layers, times fewer'),
  ];
  const range = (interval: { low: number; high: number } | undefined) =>
    interval === undefined ? '' : `${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}`;
  const rows = views.map((view): Content[] => [
    view.name.replaceAll(' ', '\u00a0'),
    ...names.flatMap((name) => [
      view.scores[name]!.f1.toFixed(1),
      ...(name === head ? [range(view.intervals[name]), view.name === 'full' ? '' : range(view.differences[name])] : []),
    ]),
    ...(hasAuroc ? [view.auroc?.toFixed(3) ?? ''] : []),
    ...perNote.map((name) => (view.perNote?.[name] ?? 0).toFixed(2)),
    view.depth.meanExitLayer.toFixed(2),
    percent(view.depth.layersSaved),
    view.depth.tokenSpeedUp.toFixed(2),
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

function curveSection({ task, measure, points, frontiers }: TaskCurve, { views, analysis }: TaskReport): PageSection {
  const [full] = points as [CurvePoint];
  const series = SETS.map(([set, name]) => ({ name, points: stairs(frontiers[set]) }));
  const marks = [{ x: 100, y: full.score, label: 'full depth' }, ...policyMarks(views, task, points)];
  const timed = (analysis?.times ?? []).filter(({ name }) => name !== 'full depth');
  const measured = timed.length === 0 ? '' : ' Times were measured for the named policies alone: see below.';
  const rows = frontiers.epee.map(({ policy, score, meanExitLayer, cost, differs }): Content[] => [
    pairOf(policy),
    score.toFixed(1),
    signed(score - full.score),
    meanExitLayer.toFixed(2),
    (1 / cost).toFixed(2),
    percent(differs),
  ]);
  return {
    title: `${task}: what each threshold and patience would bring`,
    about: `The best of ${count(points.length)} pairs at each cost, worked out from every layer’s logits. A pair on a line beats every cheaper one of its kind; the line of both criteria contains the other two.`,
    content: [
      lineChart({
        title: `${measure[0]!.toUpperCase()}${measure.slice(1)} against what is run`,
        xLabel: 'token-layers run, % of full depth',
        yLabel: `${measure}, %`,
        height: 340,
        series,
        marks,
        dots: false,
        caption: `Token-layers are what time goes with.${measured}`,
      }),
      table(
        [
          { heading: 'threshold, patience' },
          right(measure),
          right('less full depth'),
          right('mean exit layer'),
          right('token-layers, times fewer'),
          right('answers that differ'),
        ],
        rows,
      ),
    ],
  };
}

/** A frontier as what can be had at each cost: level from one point to the next, and from the last one to full depth. */
function stairs(frontier: readonly CurvePoint[]) {
  return frontier.flatMap(({ cost, score }, at) => [
    { x: 100 * cost, y: score },
    { x: 100 * (frontier[at + 1]?.cost ?? 1), y: score },
  ]);
}

const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;

/** Named policies on the curve of their task, where their pair is one of those worked out. */
function policyMarks(views: readonly ViewReport[], task: string, points: readonly CurvePoint[]) {
  return views
    .filter(({ kind, depth }) => kind === 'policy' && depth.layersSaved > 0)
    .flatMap(({ name, policies }) => {
      const own = policies[task];
      const point = points.find(({ policy }) => own !== undefined && pairOf(policy) === pairOf(own));
      return point === undefined ? [] : [{ x: 100 * point.cost, y: point.score, label: name }];
    });
}

function headSection(task: string, heads: readonly HeadReport[], from: string, layers: number): PageSection {
  const shown = [...new Set([1, Math.ceil(layers / 2), layers])].map((layer) => heads[layer - 1]!);
  const diagram = lineChart({
    title: 'Confidence against how often it is right',
    xLabel: 'confidence, %',
    yLabel: 'right, %',
    xMin: 0,
    xMax: 100,
    yMin: 0,
    yMax: 100,
    dots: true,
    series: [
      ...shown.map(({ layer, bins }) => ({
        name: `layer ${layer}`,
        points: bins
          .filter((bin) => bin.count >= SHOWN_BIN)
          .map(({ confidence, accuracy }) => ({ x: 100 * confidence, y: 100 * accuracy })),
      })),
      { name: 'as it should be', points: [0, 100].map((value) => ({ x: value, y: value })) },
    ],
    caption: `Under the diagonal a head is over-confident. Each dot is one of 15 bins of confidence, with at least ${SHOWN_BIN} decisions.`,
  });
  const errors = lineChart({
    title: 'Expected calibration error by layer',
    xLabel: 'layer',
    yLabel: 'error, %',
    yMin: 0,
    series: [
      { name: 'as it is', points: heads.map(({ layer, ece }) => ({ x: layer, y: 100 * ece })) },
      { name: 'with its temperature', points: heads.map(({ layer, scaled }) => ({ x: layer, y: 100 * scaled.ece })) },
    ],
  });
  const columns = [
    right('layer'),
    right('accuracy'),
    right('confidence'),
    right('ECE'),
    right('temperature'),
    right('ECE scaled'),
    right('NLL'),
    right('NLL scaled'),
  ];
  const rows = heads.map(({ layer, accuracy, confidence, ece, nll, temperature, scaled }): Content[] => [
    String(layer),
    percent(accuracy),
    percent(confidence),
    percent(ece),
    temperature.toFixed(2),
    percent(scaled.ece),
    nll.toFixed(3),
    scaled.nll.toFixed(3),
  ]);
  return {
    title: `${task}: how far the heads can be believed`,
    about: `${count(heads[0]!.decisions)} decisions (a label a row, or a tag a word and group). Temperatures were fitted on ${from}.`,
    content: [figures([diagram, errors]), table(columns, rows)],
  };
}

function timeSection(task: string, times: NonNullable<NonNullable<TaskReport['analysis']>['times']>): PageSection {
  const names = [...new Set(times.map(({ name }) => name))].filter((name) => name !== 'full depth');
  const sizes = [...new Set(times.map(({ batchRows }) => batchRows))];
  const timeOf = (name: string, size: number) => times.find((one) => one.name === name && one.batchRows === size)!;
  const chart = barChart({
    title: 'Time of full depth over that with exits',
    xLabel: 'rows a batch',
    yLabel: 'times as fast',
    categories: sizes.map(String),
    series: names.map((name) => ({
      name,
      bars: sizes.map((size) => {
        const { steady, lowest, highest } = timeOf(name, size).speedUp;
        return { value: steady, low: lowest, high: highest };
      }),
    })),
    caption: 'Each batch counts with its median over the rounds; whiskers from the lowest round to the highest.',
  });
  const rows = times.map(({ name, batchRows, rowMs, speedUp, tokenSpeedUp }): Content[] => [
    String(batchRows),
    name,
    rowMs.toFixed(2),
    `${speedUp.steady.toFixed(2)} (${speedUp.lowest.toFixed(2)} to ${speedUp.highest.toFixed(2)})`,
    tokenSpeedUp.toFixed(2),
    (speedUp.steady / tokenSpeedUp).toFixed(2),
  ]);
  return {
    title: `${task}: measured time`,
    about:
      'The exit graph in fp32 on one thread; all sides ran the same batches in turns in one run. Efficiency is the time saved over the token-layers saved.',
    content: [
      chart,
      table(
        [
          right('batch'),
          { heading: 'policy' },
          right('ms a row'),
          right('times as fast'),
          right('token-layers, times fewer'),
          right('efficiency'),
        ],
        rows,
      ),
    ],
  };
}

function hardestSection(task: string, hardest: readonly HardRow[]): PageSection {
  const policies = Object.keys(hardest[0]!.exitLayers);
  const rows = hardest.map(({ id, meanEntropy, errors, exitLayers }): Content[] => [
    id,
    meanEntropy.toFixed(3),
    errors === null ? '' : String(errors),
    ...policies.map((policy) => String(exitLayers[policy])),
  ]);
  return {
    title: `${task}: hardest rows`,
    about: 'Rows whose entropy is highest over the layers, by id; errors are wrong and missing answers at full depth.',
    content: [
      table([{ heading: 'id' }, right('mean entropy'), right('errors'), ...policies.map((policy) => right(`exit, ${policy}`))], rows),
    ],
  };
}
