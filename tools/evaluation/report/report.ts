import type {
  AnswerReliability,
  Counts,
  CriterionSet,
  CurvePoint,
  DepthTable,
  ExitPolicy,
  Interval,
  Reliability,
  Score,
} from '@epee/exits';
import type { ItemKind } from '@epee/labelled-data';
import type { Entity } from '@epee/records';
import type { Ratio } from '@epee/timing';
import type { ScoredTask } from '../read/scored-tasks.ts';

/** What a view of a model scores on a file. */
export interface ViewReport {
  /** `layer 3`, a policy's name, or `fast, int8`: what the exit graph itself answers. */
  readonly name: string;
  readonly kind: 'layer' | 'policy' | 'engine';
  /** By model task that took part; empty for layers. */
  readonly policies: Readonly<Record<string, ExitPolicy>>;
  /**
   * Micro precision, recall and F1 in percent, by what is scored. Where each row has exactly one
   * label, F1 is the accuracy.
   */
  readonly scores: Readonly<Record<string, Score>>;
  /** 95 % intervals of F1, by resampling documents. */
  readonly intervals: Readonly<Record<string, Interval>>;
  /** 95 % intervals of the difference to full depth's F1 on the same documents. */
  readonly differences: Readonly<Record<string, Interval>>;
  /** Mean area under the ROC curve of tasks with one label per row, 0 to 1; null elsewhere. */
  readonly auroc: number | null;
  /** What was found per note, on average. Only of notes. */
  readonly perNote: Readonly<Record<string, number>> | null;
  /** Of all rows. */
  readonly depth: DepthTable;
  /** By model task. */
  readonly depthByTask: Readonly<Record<string, DepthTable>>;
  /** What is known of facts beside their scores. Only where facts are wanted, and not of layers. */
  readonly facts?: FactDetails;
}

/** What facts were found under a view. */
export interface FactDetails {
  /** What the scores are made of, under the same names (`FactCounts` of `@epee/exits`). */
  readonly counts: Readonly<Record<string, Counts>>;
  /** By label of the entities found: how far their confidence can be believed. */
  readonly confidence: Readonly<Record<string, AnswerReliability>>;
}

/** One task's scores on a file. */
export interface TaskReport {
  readonly task: ScoredTask;
  /** Sentences, texts, pairs, notes or images. */
  readonly items: number;
  /** Whether each row has exactly one label, so that F1 is the accuracy. */
  readonly isAccuracy: boolean;
  /** Documents that resampling draws. */
  readonly documents: number;
  /** Wanted answers by what is scored. */
  readonly gold: Readonly<Record<string, number>>;
  /** Labels that the model does not know, with how often they occur: wanted, and never found. */
  readonly unknownLabels: Readonly<Record<string, number>>;
  readonly views: readonly ViewReport[];
  /** What all layers' logits show beside the scores; null where only scores were asked for. */
  readonly analysis: TaskAnalysis | null;
}

/** Every pair of threshold and patience on a task of the model. */
export interface TaskCurve {
  /** Task of the model. */
  readonly task: string;
  readonly measure: 'micro F1' | 'accuracy' | 'agreement with full depth';
  /** Full depth first. */
  readonly points: readonly CurvePoint[];
  /** Best points by criteria used, cheapest first. */
  readonly frontiers: Readonly<Record<CriterionSet, readonly CurvePoint[]>>;
}

/** How far one layer's head can be believed. */
export interface HeadReport extends Reliability {
  readonly layer: number;
  /** By which its logits are to be divided. */
  readonly temperature: number;
  /** With logits divided so. */
  readonly scaled: Pick<Reliability, 'ece' | 'nll'>;
}

/** A row that stays unsure. */
export interface HardRow {
  readonly id: string;
  readonly task: string;
  /** Normalised entropy, mean over the layers. */
  readonly meanEntropy: number;
  /** Wrong and missing answers at full depth; null where the wanted answer is not known. */
  readonly errors: number | null;
  /** Deepest exit layer by policy. */
  readonly exitLayers: Readonly<Record<string, number>>;
}

/** What the logits of all layers show. */
export interface TaskAnalysis {
  readonly curves: readonly TaskCurve[];
  /** One per layer; empty where nothing is labelled. */
  readonly heads: readonly HeadReport[];
  /** Data that the temperatures were fitted on. */
  readonly temperaturesFrom: string;
  readonly hardest: readonly HardRow[];
  /** Measured times of the policies; null unless asked for. */
  readonly times: readonly SideTime[] | null;
}

/** What a way to let rows out took at a batch size. */
export interface SideTime {
  readonly name: string;
  readonly batchRows: number;
  readonly rows: number;
  /** Milliseconds; each batch counts with its median over the rounds. */
  readonly rowMs: number;
  /** Full depth over this side in time. */
  readonly speedUp: Ratio;
  /** The same in tokens times layers: what exits could save of it. */
  readonly tokenSpeedUp: number;
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
  /** Null where results were scored that were extracted before. */
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string; readonly layers: number } | null;
  readonly data: { readonly file: string; readonly kind: ItemKind; readonly items: number; readonly excluded: number };
  readonly tasks: readonly TaskReport[];
  /** Null unless it was asked for. */
  readonly engine: EngineAgreement | null;
}

/** A row's or text's answer under a policy: a line of the predictions file, without any text. */
export interface Prediction {
  readonly id: string;
  readonly task: ScoredTask;
  readonly policy: string;
  /** `tokens`: of the row, where facts are predicted. */
  readonly exits: readonly { readonly task: string; readonly exitLayer: number; readonly exitReason: string; readonly tokens?: number }[];
  /** A single label. */
  readonly label?: string;
  /** Labelled spans, code points. */
  readonly spans?: readonly { readonly label: string; readonly start: number; readonly end: number }[];
  /** Entities and relations, where facts are wanted. */
  readonly entities?: readonly PredictedEntity[];
  readonly relations?: readonly { readonly label: string; readonly headId: string; readonly tailId: string }[];
}

/** An entity without its text. */
export type PredictedEntity = Pick<Entity, 'id' | 'label' | 'start' | 'end' | 'confidence' | 'assertion'>;
