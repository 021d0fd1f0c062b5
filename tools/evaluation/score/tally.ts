import {
  addCounts,
  answerReliability,
  type Counts,
  type DepthTable,
  depthTable,
  NO_COUNTS,
  type RowExit,
  type Score,
  scoreOf,
} from '@epee/exits';
import type { AnyRow } from '@epee/model';
import type { JudgedEntity } from '../read/marked-facts.ts';
import type { FactDetails, Prediction, ViewReport } from '../report/report.ts';
import type { View } from './views.ts';

/** Adds up what one view answers, item by item. */
export interface Tally {
  readonly view: View;
  /** @param document that the counts are from; resampling draws documents */
  count(name: string, counts: Counts, document: string): void;
  amount(name: string, value: number): void;
  /** Entities that were found, with how sure the model was of them. */
  judged(entities: readonly JudgedEntity[]): void;
  exit(task: string, exit: RowExit): void;
  report(options: ReportOptions): Omit<ViewReport, 'intervals' | 'differences'>;
  /** Counts by document, then by what is scored. */
  documents(): ReadonlyMap<string, ReadonlyMap<string, Counts>>;
  /** Wanted answers by what is scored. */
  gold(): Record<string, number>;
}

/** What a tally's report is about. */
export interface ReportOptions {
  /** Layers of the model. */
  readonly layers: number;
  /** Notes that amounts are counted per; null: amounts are not counted. */
  readonly notes: number | null;
  /** Whether facts were scored. */
  readonly hasFacts: boolean;
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
  const judged = new Map<string, JudgedEntity[]>();
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
    judged(entities) {
      for (const entity of entities) judged.set(entity.label, [...(judged.get(entity.label) ?? []), entity]);
    },
    exit: (task, exit) => {
      if (!exits.has(task)) exits.set(task, []);
      exits.get(task)!.push(exit);
    },
    report: ({ layers, notes, hasFacts }) => ({
      name: view.name,
      kind: view.kind,
      policies: Object.fromEntries([...exits.keys()].flatMap((task) => entryOf(task, view))),
      scores: Object.fromEntries([...counts].map(([name, all]): [string, Score] => [name, scoreOf(all)])),
      auroc: null,
      perNote: notes === null ? null : Object.fromEntries([...amounts].map(([name, all]) => [name, all / notes])),
      depth: depthTable([...exits.values()].flat(), layers),
      depthByTask: Object.fromEntries([...exits].map(([task, own]): [string, DepthTable] => [task, depthTable(own, layers)])),
      ...(hasFacts && view.kind !== 'layer' ? { facts: detailsOf(counts, judged) } : {}),
    }),
    gold: () => Object.fromEntries([...counts].map(([name, { gold }]) => [name, gold])),
  };
}

function detailsOf(counts: ReadonlyMap<string, Counts>, judged: ReadonlyMap<string, readonly JudgedEntity[]>): FactDetails {
  return {
    counts: Object.fromEntries(counts),
    confidence: Object.fromEntries([...judged].map(([label, own]) => [label, answerReliability(own)])),
  };
}

const entryOf = (task: string, view: View) => {
  const policy = view.policyOf(task);
  return policy === null ? [] : [[task, policy] as const];
};
