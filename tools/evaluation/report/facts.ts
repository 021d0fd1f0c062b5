import { AXES, type Counts, type Interval, NO_COUNTS, type Score } from '@epee/exits';
import type { TaskReport, ViewReport } from './report.ts';

/** One line of a table of facts: a label, a value, or a whole. */
export interface FactLine {
  readonly name: string;
  readonly counts: Counts;
  readonly score: Score;
  readonly interval: Interval | null;
}

/** A policy beside full depth. */
export interface PolicyLine {
  readonly policy: string;
  readonly score: Score;
  /** Of the difference to full depth; null for full depth itself. */
  readonly difference: Interval | null;
}

/** What a report of facts is read from: full depth, or the first policy there is. */
export const mainView = ({ views }: TaskReport): ViewReport | null => {
  const withFacts = views.filter(({ facts }) => facts !== undefined);
  return withFacts.find(({ name }) => name === 'full') ?? withFacts[0] ?? null;
};

/** Policies, full depth first. */
export function policyViews(report: TaskReport): ViewReport[] {
  const main = mainView(report);
  return main === null ? [] : [main, ...report.views.filter((view) => view.facts !== undefined && view !== main)];
}

/** The parts of what is scored, such as the labels of `all`; most wanted first. */
export function partsOf(view: ViewReport, whole: string): FactLine[] {
  const names = Object.keys(view.scores).filter((name) => name.startsWith(`${whole}/`));
  return names
    .map((name) => ({ ...lineOf(view, name), name: name.slice(whole.length + 1) }))
    .toSorted((a, b) => b.counts.gold - a.counts.gold);
}

/** One name's scores; zeros where it was not scored. */
export function lineOf(view: ViewReport, name: string): FactLine {
  const { scores, intervals, facts } = view;
  return {
    name,
    counts: facts?.counts[name] ?? NO_COUNTS,
    score: scores[name] ?? { precision: 0, recall: 0, f1: 0 },
    interval: intervals[name] ?? null,
  };
}

/** Axes of which some entity was scored, each with its values. */
export const axesOf = (view: ViewReport): { axis: FactLine; values: FactLine[] }[] =>
  AXES.filter((axis) => view.scores[axis] !== undefined).map((axis) => ({ axis: lineOf(view, axis), values: partsOf(view, axis) }));

/** Every policy's score of one name. */
export const besideFull = (report: TaskReport, name: string): PolicyLine[] =>
  policyViews(report).map((view, at) => ({
    policy: view.name,
    score: lineOf(view, name).score,
    difference: at === 0 ? null : (view.differences[name] ?? null),
  }));
