import type { CriterionSet, CurvePoint } from '@epee/exits';
import { pairOf } from '@epee/exits';
import { type Content, lineChart, type PageSection, table } from '@epee/html';
import { count, percent } from '@epee/terminal';
import { right, signed } from '../columns.ts';
import type { TaskCurve, TaskReport, ViewReport } from '../report.ts';

const SETS: readonly (readonly [CriterionSet, string])[] = [
  ['epee', 'EPEE: both'],
  ['entropy', 'entropy alone'],
  ['patience', 'patience alone'],
];

/** The curve of every pair of threshold and patience, with the named policies on it. */
export function curveSection({ task, measure, points, frontiers }: TaskCurve, { views, analysis }: TaskReport): PageSection {
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
          right('vs. full depth'),
          right('mean exit layer'),
          right('token-layers, times fewer'),
          right('answers that differ'),
        ],
        rows,
      ),
    ],
  };
}

/** What each cost buys: level from one point to the next, and from the last to full depth. */
function stairs(frontier: readonly CurvePoint[]) {
  return frontier.flatMap(({ cost, score }, at) => [
    { x: 100 * cost, y: score },
    { x: 100 * (frontier[at + 1]?.cost ?? 1), y: score },
  ]);
}

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
