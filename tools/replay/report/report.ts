import type { Score } from '@epee/exits';
import type { Estimate } from '../tally/bootstrap.ts';
import type { ComparedTask } from '../tally/items.ts';

/**
 * What a replay run showed; this is its JSON, in which null stands for numbers that are not there
 * (NaN). Holds document ids, offsets and labels, never a note's text.
 */
export interface ReplayReport {
  readonly formatVersion: 1;
  readonly run: RunFacts;
  /** Documents of which every variant has answered. */
  readonly documents: number;
  /** Documents of which only some variants' answers were found. */
  readonly incomplete: number;
  readonly variants: readonly VariantReport[];
  /** The first variant against each other one. */
  readonly comparisons: readonly ComparisonReport[];
  readonly drift: DriftReport;
  /** Null where no labels were given. */
  readonly labels: LabelsReport | null;
}

/** What the run was asked for, and how far it came. */
export interface RunFacts {
  readonly id: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly finished: boolean;
  /** Offsets as text, `to` exclusive. */
  readonly ranges: readonly { readonly partition: number; readonly from: string; readonly to: string }[];
  readonly precision: string;
}

/** What one variant did. */
export interface VariantReport {
  readonly id: string;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string; readonly layers: number };
  readonly policy: string;
  readonly results: number;
  /** Records without a result, by error code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly found: Readonly<Record<ComparedTask, number>>;
  /** Mean confidence of what was found; null where nothing was. */
  readonly confidence: Readonly<Record<ComparedTask, number | null>>;
  readonly rows: number;
  readonly meanExitLayer: number | null;
  /** 1 - layers run / layers of full depth. */
  readonly layersSaved: Estimate;
  /** Shares of the engine's time, by tokens x layers within each batch; milliseconds per note. */
  readonly computeMsPerNote: number | null;
  /** By model task. */
  readonly exits: Readonly<Record<string, RowExits>>;
}

/** Where the rows of a task left the model. */
export interface RowExits {
  readonly rows: number;
  /** Mean normalised entropy at the exit. */
  readonly meanEntropy: number;
  readonly layers: readonly { readonly layer: number; readonly entropy: number; readonly patience: number; readonly final: number }[];
}

/** How one variant's findings differ from another's, over documents of which both have a result. */
export interface ComparisonReport {
  readonly a: string;
  readonly b: string;
  readonly documents: number;
  /** Documents of which only one variant has a result. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Share of documents in which nothing differs, 0 to 1. */
  readonly identical: Estimate;
  readonly tasks: Readonly<Record<ComparedTask, TaskComparison>>;
  /** Every label that either found, those with the most differences first. */
  readonly labels: readonly LabelComparison[];
  /** Labels that changed at the same place, most frequent first. */
  readonly changes: readonly { readonly task: ComparedTask; readonly from: string; readonly to: string; readonly count: number }[];
  /**
   * Share of A's layers, and of A's time in the engine, that B saved; negative where it needs more.
   */
  readonly layersSaved: Estimate;
  readonly timeSaved: Estimate;
  /** Documents with the most differences. */
  readonly worst: readonly WorstDocument[];
}

/** One task of a comparison. Shares are 0 to 1. */
export interface TaskComparison {
  readonly a: number;
  readonly b: number;
  readonly both: number;
  readonly lost: number;
  readonly gained: number;
  readonly changed: number;
  /** 2 both / (a + b): the F1 of either against the other. */
  readonly agreement: Estimate;
  /** lost / a, gained / b, changed / a. */
  readonly lostShare: Estimate;
  readonly gainedShare: Estimate;
  readonly changedShare: Estimate;
}

/** One label of a comparison. */
export interface LabelComparison {
  readonly task: ComparedTask;
  readonly label: string;
  readonly kept: number;
  readonly lost: number;
  readonly gained: number;
  /** Went over into another label, or came from one. */
  readonly changed: number;
}

/** A document with differences. */
export interface WorstDocument {
  readonly documentId: string;
  readonly partition: number;
  readonly offset: string;
  readonly differences: number;
  /** Of so many different things found. */
  readonly of: number;
  readonly tasks: Readonly<Record<ComparedTask, { readonly lost: number; readonly gained: number; readonly changed: number }>>;
}

/** How findings change over the range, by the time at which notes were written to their topic. */
export interface DriftReport {
  readonly widthMs: number;
  readonly stretches: readonly DriftStretch[];
  /** Labels whose share moved most between earlier and later half of the documents, by variant. */
  readonly classes: Readonly<Record<string, readonly ClassDrift[]>>;
}

/** A stretch of time. */
export interface DriftStretch {
  /** ISO 8601. */
  readonly from: string;
  readonly documents: number;
  readonly variants: Readonly<Record<string, DriftPoint>>;
  /** 2 both / (a + b) over all tasks, by the second variant; null where nothing was found. */
  readonly agreement: Readonly<Record<string, number | null>>;
}

/** One variant in a stretch of time; null where nothing was run or found. */
export interface DriftPoint {
  readonly meanEntropy: number | null;
  readonly meanConfidence: number | null;
  readonly meanExitLayer: number | null;
  readonly eventsPerNote: number | null;
  /** Jensen-Shannon divergence (base 2, 0 to 1) of the stretch's labels from all labels. */
  readonly classShift: number | null;
}

/** A label's share of all labels of its task. */
export interface ClassDrift {
  readonly task: ComparedTask;
  readonly label: string;
  readonly earlier: number;
  readonly later: number;
}

/** Scores on labelled documents. */
export interface LabelsReport {
  readonly file: string;
  /** Labelled documents that were in the replay, and that were not. */
  readonly documents: number;
  readonly missing: number;
  /** By variant, then by what is scored: trigger, main, sub, all, or adverse. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, ScoreReport>>>>;
  /** Difference between the F1 of each other variant and that of the first, in points. */
  readonly differences: Readonly<Record<string, Readonly<Record<string, Estimate>>>>;
}

/** Micro precision, recall and F1 in percent, with the interval of F1. */
export interface ScoreReport extends Score {
  readonly gold: number;
  readonly f1Interval: Estimate;
}
