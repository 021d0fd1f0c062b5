import type { EpeeError } from '@epee/errors';
import type { ExitPolicy } from '@epee/exits';
import type { ExitReason } from '@epee/records';

/** One encoded sequence for one task. Rows of different tasks and policies may share a batch. */
export interface Row {
  /** The caller's own id; comes back with the outcome. */
  readonly id: string;
  /** Name of a task in the manifest. */
  readonly task: string;
  /** Token ids with [CLS] first and [SEP] last, not padded. At most the task's `maxTokens`. */
  readonly tokenIds: Int32Array;
  /** Tagging only: 1 where a word's first token stands, 0 elsewhere (also at [CLS] and [SEP]). Same length as `tokenIds`. Tags count on those tokens alone. */
  readonly wordMask?: Uint8Array;
  /** Relation only: positions in `tokenIds` of the head's and the tail's opening marker. */
  readonly markers?: readonly [number, number];
  /** Exit policy of this row; without one, the run's. */
  readonly policy?: ExitPolicy;
}

interface OutcomeBase {
  readonly id: string;
  readonly task: string;
  /** Layer after which the row left, counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
  /** Normalised entropy at the exit, 0 to 1. Tagging: the highest of the row's words. */
  readonly entropy: number;
  /** The row's share of its batch's time in the engine, by tokens x layers, milliseconds. */
  readonly computeMs: number;
  /** Time between the call and the start of the row's batch, milliseconds. */
  readonly queueMs: number;
}

/** Answer for a row of a `classification` or `relation` task. */
export interface PooledOutcome extends OutcomeBase {
  readonly kind: 'pooled';
  readonly label: string;
  readonly confidence: number;
  /** One logit a label of the task, in the manifest's order. */
  readonly logits: Float32Array;
}

/** Answer for a row of a `tagging` task. */
export interface TaggingOutcome extends OutcomeBase {
  readonly kind: 'tagging';
  /** Tag indices by group: `tags[g][t]` for token t, an index into the labels of the task's group g. Meaningful only where `wordMask` is 1. */
  readonly tags: readonly Uint8Array[];
  /** Probability of that tag, same shape as `tags`. */
  readonly confidences: readonly Float32Array[];
}

/** A row without an answer: the batch failed twice, or its logits were not finite. */
export interface FailedOutcome {
  readonly kind: 'failed';
  readonly id: string;
  readonly task: string;
  readonly error: EpeeError;
}

/** What became of a row. */
export type Outcome = PooledOutcome | TaggingOutcome | FailedOutcome;

/** Runs rows through a model package's exit graph. The whole boundary between the text pipeline and the model runtime. */
export interface Engine {
  readonly model: LoadedModel;
  /**
   * Runs every row and answers in the order of `rows`. Never rejects for one row's sake: such a row has a {@link FailedOutcome}.
   * @param policy followed by rows without a policy of their own
   * @throws EpeeError ENGINE_CLOSED after {@link close}
   */
  run(rows: readonly Row[], policy: ExitPolicy): Promise<Outcome[]>;
  /** Tokens and rows that wait or run now. */
  load(): { readonly queuedTokens: number; readonly runningBatches: number };
  /** Waits for what runs, then ends the worker threads. */
  close(): Promise<void>;
}

/** A task as the manifest describes it. */
export interface TaskSpec {
  readonly name: string;
  readonly kind: 'classification' | 'tagging' | 'relation';
  /** Longest row, tokens, [CLS], [SEP] and markers included. */
  readonly maxTokens: number;
  /** `classification` and `relation`: labels in the order of the logits. Empty for `tagging`. */
  readonly labels: readonly string[];
  /** `tagging`: independent groups of BIO tags, `labels[0]` = `O`; a group's spans may overlap those of other groups. */
  readonly groups: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** `relation`: ids of the tokens put around the head and the tail, and which entity labels form candidate pairs. */
  readonly relation: {
    readonly markerTokenIds: { readonly headStart: number; readonly headEnd: number; readonly tailStart: number; readonly tailEnd: number };
    readonly candidates: readonly { readonly head: string; readonly tails: readonly string[] }[];
  } | null;
  /** Named policies: at least `full`. */
  readonly policies: Readonly<Record<string, ExitPolicy>>;
}

/** What a loaded package says of itself. */
export interface LoadedModel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of manifest.json, hex. */
  readonly sha256: string;
  readonly layers: number;
  readonly tasks: readonly TaskSpec[];
  readonly precision: 'fp32' | 'int8';
}

/** A text cut into tokens, without special tokens. Offsets are UTF-16 units of the text that was given; `ends` is exclusive. */
export interface Encoding {
  readonly tokenIds: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1 where the token begins a word (BERT's pre-tokenizer: split at white space and around punctuation), else 0. */
  readonly wordStarts: Uint8Array;
}

/** Turns texts into tokens. Special tokens written in a text ("[SEP]") are treated as plain text. */
export interface Tokenizer {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  encode(texts: readonly string[]): Promise<Encoding[]>;
}
