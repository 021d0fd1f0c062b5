import { type PageSection, page } from '@epee/html';
import { count } from '@epee/terminal';
import { headline } from '../read/wanted-texts.ts';
import { mainView } from './facts.ts';
import { curveSection } from './page/curve.ts';
import { factSections } from './page/facts.ts';
import { hardestSection, headSection } from './page/heads.ts';
import { scoreSections } from './page/scores.ts';
import { timeSection } from './page/times.ts';
import type { EvaluationReport, TaskReport, ViewReport } from './report.ts';

/** The report as one self-contained page. Holds ids and labels, no text of the data. */
export function evaluationPage({ model, data, tasks, engine }: EvaluationReport): string {
  return page({
    title: `${model === null ? 'Results extracted before' : `${model.name} ${model.version}`}: scores, exits and their price`,
    about:
      'How good each layer and each exit policy is on labelled data, where rows leave the model, and what every pair of entropy threshold and patience would bring.',
    facts: [
      [
        'data',
        `${fileName(data.file)} (${data.kind}, ${count(data.items)} items${data.excluded === 0 ? '' : `, ${count(data.excluded)} left out`})`,
      ],
      ...(model === null
        ? []
        : ([
            ['layers', String(model.layers)],
            ['manifest', model.sha256.slice(0, 12)],
          ] as const)),
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
    sections: tasks.flatMap(taskSections),
  });
}

/** A path may tell of the machine; the name does not. */
const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function taskHeadlines(report: TaskReport) {
  const { task, views, isAccuracy } = report;
  const main = mainView(report);
  if (main !== null) return factHeadlines(main);
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

function factHeadlines(view: ViewReport) {
  const f1 = (name: string, meaning: string) =>
    view.scores[name] === undefined ? [] : [{ value: view.scores[name].f1.toFixed(1), meaning: `${meaning}, ${view.name}` }];
  return [
    ...f1('all', 'F1 of entities'),
    ...f1('overlap', 'F1 of entities that overlap'),
    ...f1('certainty', '% of certainties right'),
    ...f1('relations', 'F1 of relations end to end'),
  ];
}

function taskSections(report: TaskReport): PageSection[] {
  const { task, analysis } = report;
  if (analysis === null) return [...factSections(report), ...scoreSections(report)];
  const { curves, heads, temperaturesFrom, times, hardest } = analysis;
  return [
    ...factSections(report),
    ...scoreSections(report),
    ...curves.map((curve) => curveSection(curve, report)),
    ...(heads.length === 0 ? [] : [headSection(task, heads, temperaturesFrom)]),
    ...(times === null ? [] : [timeSection(task, times)]),
    ...(hardest.length === 0 ? [] : [hardestSection(task, hardest)]),
  ];
}
