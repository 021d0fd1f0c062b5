import type { ComparisonReport, LabelComparison, TaskComparison, WorstDocument } from '../report/report.ts';
import { type Difference, differenceOf } from './compare.ts';
import { millionths } from './exact.ts';
import { COMPARED_TASKS, type ComparedTask, type FoundItems } from './items.ts';
import type { ReplayedDocument } from './replayed-document.ts';
import type { Sums } from './sums.ts';
import { createGreatest } from './worst.ts';

/** Documents that are named. */
const WORST = 20;
const TASK_SUMS = ['a', 'b', 'both', 'lost', 'gained', 'changed'] as const;
const DOCUMENT_SUMS = ['documents', 'identical', 'layersA', 'layersB', 'msA', 'msB'] as const;

/** Adds up how one variant differs from another. */
export interface ComparisonTally {
  readonly a: string;
  readonly b: string;
  add(document: ReplayedDocument): void;
  report(): ComparisonReport;
}

/** Names of the sums that a comparison needs. */
export function comparisonSums(a: string, b: string): string[] {
  const name = nameOf(a, b);
  return [...DOCUMENT_SUMS.map((sum) => name(sum)), ...COMPARED_TASKS.flatMap((task) => TASK_SUMS.map((sum) => name(sum, task)))];
}

const nameOf = (a: string, b: string) => (sum: string, task?: ComparedTask) => `${a}${b} ${task === undefined ? '' : `${task} `}${sum}`;

/**
 * Compares variant `b` with `a`; its numbers go into `sums`, which the caller commits per document.
 */
export function createComparisonTally(a: string, b: string, sums: Sums): ComparisonTally {
  const name = nameOf(a, b);
  const labels = createLabelTally();
  const worst = createGreatest<WorstDocument>(WORST, byDifferences);
  let onlyA = 0;
  let onlyB = 0;

  function compareTask(task: ComparedTask, one: FoundItems, other: FoundItems) {
    const difference = differenceOf(one[task], other[task]);
    const { a: inA, b: inB, both, lost, gained, changed } = difference;
    const found = { a: inA, b: inB, both, lost: lost.length, gained: gained.length, changed: changed.length };
    for (const sum of TASK_SUMS) sums.add(name(sum, task), found[sum]);
    labels.add(task, difference);
    return found;
  }

  return {
    a,
    b,
    add(document) {
      const [one, other] = [document.answers.get(a), document.answers.get(b)];
      if (one?.kind === 'result' && other?.kind !== 'result') onlyA += 1;
      if (other?.kind === 'result' && one?.kind !== 'result') onlyB += 1;
      if (one?.kind !== 'result' || other?.kind !== 'result') return;
      const found = COMPARED_TASKS.map((task) => [task, compareTask(task, one.items, other.items)] as const);
      const differences = found.reduce((sum, [, { lost, gained, changed }]) => sum + lost + gained + changed, 0);
      sums.add(name('documents'), 1);
      if (differences === 0) sums.add(name('identical'), 1);
      sums.add(name('layersA'), one.compute.layersRun);
      sums.add(name('layersB'), other.compute.layersRun);
      sums.add(name('msA'), millionths(one.compute.computeMs));
      sums.add(name('msB'), millionths(other.compute.computeMs));
      if (differences === 0) return;
      worst.offer({
        documentId: document.documentId ?? '',
        partition: document.origin.partition,
        offset: String(document.origin.offset),
        differences,
        of: differences + found.reduce((sum, [, { both }]) => sum + both, 0),
        tasks: Object.fromEntries(
          found.map(([task, { lost, gained, changed }]) => [task, { lost, gained, changed }]),
        ) as unknown as WorstDocument['tasks'],
      });
    },
    report() {
      const total = (sum: string, task?: ComparedTask) => sums.total(name(sum, task));
      const share = (part: string, whole: string, task?: ComparedTask) =>
        sums.estimate((of) => of(name(part, task)) / of(name(whole, task)));
      const taskReport = (task: ComparedTask): TaskComparison => ({
        ...(Object.fromEntries(TASK_SUMS.map((sum) => [sum, total(sum, task)])) as Record<(typeof TASK_SUMS)[number], number>),
        agreement: sums.estimate((of) => (2 * of(name('both', task))) / (of(name('a', task)) + of(name('b', task)))),
        lostShare: share('lost', 'a', task),
        gainedShare: share('gained', 'b', task),
        changedShare: share('changed', 'a', task),
      });
      return {
        a,
        b,
        documents: total('documents'),
        onlyA,
        onlyB,
        identical: share('identical', 'documents'),
        tasks: Object.fromEntries(COMPARED_TASKS.map((task) => [task, taskReport(task)])) as ComparisonReport['tasks'],
        ...labels.report(),
        layersSaved: sums.estimate((of) => 1 - of(name('layersB')) / of(name('layersA'))),
        timeSaved: sums.estimate((of) => 1 - of(name('msB')) / of(name('msA'))),
        worst: worst.all(),
      };
    },
  };
}

/** Counts differences label by label. */
function createLabelTally() {
  const labels = new Map<string, LabelComparison>();
  const changes = new Map<string, ComparisonReport['changes'][number]>();
  const count = (task: ComparedTask, label: string, kind: 'kept' | 'lost' | 'gained' | 'changed') => {
    const key = `${task} ${label}`;
    const known = labels.get(key) ?? { task, label, kept: 0, lost: 0, gained: 0, changed: 0 };
    labels.set(key, { ...known, [kind]: known[kind] + 1 });
  };
  return {
    add(task: ComparedTask, { kept, lost, gained, changed }: Difference): void {
      for (const label of kept) count(task, label, 'kept');
      for (const label of lost) count(task, label, 'lost');
      for (const label of gained) count(task, label, 'gained');
      for (const { from, to } of changed) {
        count(task, from, 'changed');
        count(task, to, 'changed');
        const key = `${task} ${from} ${to}`;
        const known = changes.get(key) ?? { task, from, to, count: 0 };
        changes.set(key, { ...known, count: known.count + 1 });
      }
    },
    report: (): Pick<ComparisonReport, 'labels' | 'changes'> => ({
      labels: [...labels.values()].sort(byLabelDifferences),
      changes: [...changes.values()].sort(
        (one, other) => other.count - one.count || compareText(`${one.from} ${one.to}`, `${other.from} ${other.to}`),
      ),
    }),
  };
}

function byDifferences(one: WorstDocument, other: WorstDocument): number {
  const more = other.differences - one.differences || other.differences / other.of - one.differences / one.of;
  return more || one.partition - other.partition || (BigInt(one.offset) < BigInt(other.offset) ? -1 : 1);
}

function byLabelDifferences(one: LabelComparison, other: LabelComparison): number {
  const differences = ({ lost, gained, changed }: LabelComparison) => lost + gained + changed;
  return (
    differences(other) - differences(one) ||
    other.kept - one.kept ||
    compareText(`${one.task} ${one.label}`, `${other.task} ${other.label}`)
  );
}

const compareText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
