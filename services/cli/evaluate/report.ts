import type { DepthTable, ExitPolicy, Score } from '@epee/exits';
import type { ItemKind } from './labelled-item.ts';

/**
 * What can be scored: the name of a task of the model (`events`, `relations`, `sections`), `adverse-events` (whether a sentence tells of an adverse drug event) or
 * `stream` (notes without labels).
 */
export type ScoredTask = string;

/** What a view of a model scores on a file. */
export interface ViewReport {
  /** `layer 3`, or a policy's name. */
  readonly name: string;
  readonly kind: 'layer' | 'policy';
  /** By model task that took part; empty for layers. */
  readonly policies: Readonly<Record<string, ExitPolicy>>;
  /** Micro precision, recall and F1 in percent, by what is scored. Where each row has exactly one label, F1 is the accuracy. */
  readonly scores: Readonly<Record<string, Score>>;
  /** What was found in a note, on average. Only of notes. */
  readonly perNote: Readonly<Record<string, number>> | null;
  /** Of all rows. */
  readonly depth: DepthTable;
  /** By model task. */
  readonly depthByTask: Readonly<Record<string, DepthTable>>;
}

/** One task's scores on a file. */
export interface TaskReport {
  readonly task: ScoredTask;
  /** Sentences, texts, pairs or notes. */
  readonly items: number;
  /** Wanted answers by what is scored. */
  readonly gold: Readonly<Record<string, number>>;
  /** Labels of the file that the model does not know, with how often they occur; they count as wanted and are never found. */
  readonly unknownLabels: Readonly<Record<string, number>>;
  readonly views: readonly ViewReport[];
}

/** How the exit graph's answers compare with those worked out from every layer's logits. */
export interface EngineAgreement {
  readonly precision: 'fp32' | 'int8';
  readonly rows: number;
  /** Rows that left at another layer, for another reason or with another answer. */
  readonly different: number;
  /** Of those, rows whose entropy came within 1e-4 of the threshold, where rounding decides. */
  readonly onTheEdge: number;
}

/** What `epee evaluate` found; this is its JSON. */
export interface EvaluationReport {
  readonly formatVersion: 1;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string; readonly layers: number };
  readonly data: { readonly file: string; readonly kind: ItemKind; readonly items: number; readonly excluded: number };
  readonly tasks: readonly TaskReport[];
  /** Null unless it was asked for. */
  readonly engine: EngineAgreement | null;
}

/** One row's or text's answer under one policy, as a line of the predictions file. Holds offsets and labels, no text. */
export interface Prediction {
  readonly id: string;
  readonly task: ScoredTask;
  readonly policy: string;
  readonly exits: readonly { readonly task: string; readonly exitLayer: number; readonly exitReason: string }[];
  /** A single label. */
  readonly label?: string;
  /** Labelled spans, code points. */
  readonly spans?: readonly { readonly label: string; readonly start: number; readonly end: number }[];
}
