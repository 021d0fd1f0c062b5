import { addCounts, type Counts, type DepthTable, depthTable, NO_COUNTS, type RowExit, type Score, scoreOf } from '@epee/exits';
import type { AnyRow } from '@epee/model';
import type { Prediction, ViewReport } from '../report/report.ts';
import type { View } from './views.ts';

/** Adds up what one view answers, item by item. */
export interface Tally {
  readonly view: View;
  /** @param document that the counts are from; resampling draws documents */
  count(name: string, counts: Counts, document: string): void;
  amount(name: string, value: number): void;
  exit(task: string, exit: RowExit): void;
  report(options: { layers: number; notes: number | null }): Omit<ViewReport, 'intervals' | 'differences'>;
  /** Counts by document, then by what is scored. */
  documents(): ReadonlyMap<string, ReadonlyMap<string, Counts>>;
  /** Wanted answers by what is scored. */
  gold(): Record<string, number>;
}

/** What a portion gave under a view: the rows that ran, and the answer to each item. */
export interface Scored {
  readonly rows: readonly AnyRow[];
  readonly predictions: readonly Prediction[];
}

/** A tally of nothing yet. */
export function createTally(view: View): Tally {
  const counts = new Map<string, Counts>();
  const documents = new Map<string, Map<string, Counts>>();
  const amounts = new Map<string, number>();
  const exits = new Map<string, RowExit[]>();
  return {
    view,
    count: (name, added, document) => {
      counts.set(name, addCounts(counts.get(name) ?? NO_COUNTS, added));
      if (!documents.has(document)) documents.set(document, new Map());
      const own = documents.get(document)!;
      own.set(name, addCounts(own.get(name) ?? NO_COUNTS, added));
    },
    documents: () => documents,
    amount: (name, value) => amounts.set(name, (amounts.get(name) ?? 0) + value),
    exit: (task, exit) => {
      if (!exits.has(task)) exits.set(task, []);
      exits.get(task)!.push(exit);
    },
    report: ({ layers, notes }) => ({
      name: view.name,
      kind: view.kind,
      policies: Object.fromEntries([...exits.keys()].flatMap((task) => entryOf(task, view))),
      scores: Object.fromEntries([...counts].map(([name, all]): [string, Score] => [name, scoreOf(all)])),
      auroc: null,
      perNote: notes === null ? null : Object.fromEntries([...amounts].map(([name, all]) => [name, all / notes])),
      depth: depthTable([...exits.values()].flat(), layers),
      depthByTask: Object.fromEntries([...exits].map(([task, own]): [string, DepthTable] => [task, depthTable(own, layers)])),
    }),
    gold: () => Object.fromEntries([...counts].map(([name, { gold }]) => [name, gold])),
  };
}

const entryOf = (task: string, view: View) => {
  const policy = view.policyOf(task);
  return policy === null ? [] : [[task, policy] as const];
};
