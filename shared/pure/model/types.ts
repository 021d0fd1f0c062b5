import type { EpeeError } from '@epee/errors';
import type { ExitPolicy } from '@epee/exits';
import type { ExitReason } from '@epee/records';
import type { Turn } from './turn.ts';

/** One encoded sequence for one task. Rows of different tasks and policies may share a batch. */
export interface Row<Id = unknown> {
  /** The caller's own, of any shape: the engine hands it back with the outcome, unread. */
  readonly id: Id;
  /** Name of a task in the manifest. */
  readonly task: string;
  /** Token ids with the model's opening and closing tokens ([CLS] and [SEP], or what the manifest names) first and last, not padded. At most the task's `maxTokens`. */
  readonly tokenIds: Int32Array;
  /** Tagging only: 1 where a word's first token stands, 0 elsewhere (also at [CLS] and [SEP]). Same length as `tokenIds`. Tags count on those tokens alone. */
  readonly wordMask?: Uint8Array;
  /** Relation only: positions in `tokenIds` of the head's and the tail's opening marker. */
  readonly markers?: readonly [number, number];
  /** Exit policy of this row; without one, the run's. */
  readonly policy?: ExitPolicy;
}

/** One image for one task of kind `image`. Every image of a model has the same size, so rows of different tasks and policies may share a batch. */
export interface ImageRow {
  /** The caller's own, of any shape: the engine hands it back with the outcome, unread. */
  readonly id: unknown;
  /** Name of a task in the manifest. */
  readonly task: string;
  /**
   * The image as the model wants it ({@link LoadedModel.image}): width x height, normalised, channel after channel, each row by row from the top left:
   * `pixels[(c * height + y) * width + x]`. {@link normalisePixels} makes it from decoded bytes.
   */
  readonly pixels: Float32Array;
  /** Exit policy of this row; without one, the run's. */
  readonly policy?: ExitPolicy;
}

/** What an image model wants, from the manifest: resize to `width` x `height`, then per channel `(byte / 255 - mean) / std`. */
export interface ImageInput {
  readonly width: number;
  readonly height: number;
  /** 1: grey (colour images are turned grey); 3: red, green, blue (grey images are repeated). */
  readonly channels: 1 | 3;
  /** Edge of a square patch, pixels; a row costs (width / patch) x (height / patch) + 1 tokens. */
  readonly patch: number;
  /** One value a channel, on a scale from 0 to 1. */
  readonly mean: readonly number[];
  /** One value a channel, on a scale from 0 to 1; over 0. */
  readonly std: readonly number[];
}

interface OutcomeBase {
  /** That of the row. */
  readonly id: unknown;
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

/** Answer for a row of a `classification`, `relation` or `image` task. */
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
  /** That of the row. */
  readonly id: unknown;
  readonly task: string;
  readonly error: EpeeError;
}

/** A row of a text model or of an image model. */
export type AnyRow = Row | ImageRow;

/** An engine for images. Its outcomes are {@link PooledOutcome}s and {@link FailedOutcome}s. */
export type ImageEngine = Engine<ImageRow>;

/** What became of a row. */
export type Outcome = PooledOutcome | TaggingOutcome | FailedOutcome;

/**
 * Runs rows through a model package's exit graph. The whole boundary between the pipelines and the model runtime. `R` is what a row is made of: tokens
 * ({@link Row}, an engine from `createEngine`) or pixels ({@link ImageRow}, from `createImageEngine`).
 */
export interface Engine<R extends AnyRow = Row> {
  readonly model: LoadedModel;
  /**
   * Runs every row and answers in the order of `rows`. Never rejects for one row's sake: such a row has a {@link FailedOutcome}.
   * @param policy followed by rows without a policy of their own
   * @param turn who asks: users take turns @default one user for all
   * @throws EpeeError ENGINE_CLOSED after {@link close}
   */
  run(rows: readonly R[], policy: ExitPolicy, turn?: Turn): Promise<Outcome[]>;
  /** Tokens and rows that wait or run now. */
  load(): { readonly queuedTokens: number; readonly runningBatches: number };
  /** Waits for what runs, then ends the worker threads. */
  close(): Promise<void>;
}

/** Slope and intercept by label. */
export type ConfidenceScaling = Readonly<Record<string, readonly [number, number]>>;

/** A task as the manifest describes it. */
export interface TaskSpec {
  readonly name: string;
  readonly kind: 'classification' | 'tagging' | 'relation' | 'image';
  /** Longest row, tokens, special tokens and markers included; `image`: patches and [CLS], the length of every row. */
  readonly maxTokens: number;
  /** `tagging`: most tokens of its section's heading that a row reads before its sentence; none without. */
  readonly headingTokens?: number;
  /** `classification`, `relation` and `image`: labels in the order of the logits. Empty for `tagging`. */
  readonly labels: readonly string[];
  /**
   * `tagging`: independent groups of BIO tags, `labels[0]` = `O`; a group's spans may overlap those of other groups. The groups `certainty`, `time`, `subject` and
   * `action` have no `B-` tags: each word of an entity carries its value.
   */
  readonly groups: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** `relation`: ids of the tokens put around the head and the tail, and which entity labels form candidate pairs (none where no task of the model finds entities). */
  readonly relation: {
    readonly markerTokenIds: { readonly headStart: number; readonly headEnd: number; readonly tailStart: number; readonly tailEnd: number };
    readonly candidates: readonly { readonly head: string; readonly tails: readonly string[] }[];
  } | null;
  /**
   * `tagging`: by label of the group `entity`, slope and intercept of a span's confidence on the scale of log odds (Platt 1999), so that of spans with 0.9 nine in ten are right.
   */
  readonly confidence?: ConfidenceScaling | undefined;
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
  /** What an image model's rows are made of; a text model has none. */
  readonly image?: ImageInput;
  readonly precision: 'fp32' | 'int8';
}

/** A text cut into tokens, without special tokens. Offsets are UTF-16 units of the text that was given; `ends` is exclusive. */
export interface Encoding {
  readonly tokenIds: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1 where the token begins a word (split at white space and around punctuation, whatever the tokenizer), else 0. */
  readonly wordStarts: Uint8Array;
}

/** Turns texts into tokens. Special tokens written in a text ("[SEP]") are treated as plain text. */
export interface Tokenizer {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  encode(texts: readonly string[]): Promise<Encoding[]>;
}
