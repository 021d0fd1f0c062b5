import type { ConfidenceScaling, TaggingOutcome, TaskSpec } from '@epee/model';
import type { ExitReason } from '@epee/records';
import { bestWindows, type Window, type Word } from '../rows/windows.ts';
import { AXIS_GROUPS, type Axis, ENTITY_GROUP, isAxisGroup } from './groups.ts';

/** A labelled span of an encoded text: the words `[firstWord, endWord)`. */
export interface Span {
  /** Name of the tag group that it comes from. */
  readonly group: string;
  readonly label: string;
  readonly firstWord: number;
  readonly endWord: number;
  /** Geometric mean of the probabilities of its words' tags; of an entity as the model's scaling corrects it. */
  readonly confidence: number;
  /** Of the row that tagged its first word. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/** The rows of one text: its windows and what the model answered for each, in the same order. */
export interface TaggedText {
  readonly words: readonly Word[];
  readonly windows: readonly Window[];
  readonly outcomes: readonly TaggingOutcome[];
  /** Tokens of each row before the text's own. */
  readonly contextTokens: number;
}

/** What the model says of one axis of a span. */
export interface Opinion {
  /** Null: the axis' default. */
  readonly value: string | null;
  /** Mean probability of that value over the span's words, as far as these carry it, 0 to 1. */
  readonly confidence: number;
}

/** By axis; null where the model has no such group. */
export type Opinions = Readonly<Record<Axis, Opinion | null>>;

/** One word's tag in one group. */
interface Tag {
  /** Label without its `B-` or `I-`; null for `O`. */
  readonly label: string | null;
  readonly begins: boolean;
  readonly confidence: number;
  readonly outcome: TaggingOutcome;
}

/**
 * Turns BIO tags into spans, group by group in the manifest's order, each group's from left to right. Where windows overlap, {@link bestWindows} says whose
 * tag counts. Tolerant: an `I-` that continues nothing, or another label, begins a span. Groups of axes are left out.
 */
export function decodeSpans(tagged: TaggedText, groups: TaskSpec['groups'], scaling: ConfidenceScaling = {}): Span[] {
  const best = bestWindows(tagged.words, tagged.windows);
  return groups.flatMap(({ name, labels }, group) => {
    if (isAxisGroup(name)) return [];
    const spans = spansOf(name, tagsOf(tagged, best, group, labels));
    return name === ENTITY_GROUP ? spans.map((span) => ({ ...span, confidence: scaled(span.confidence, scaling[span.label]) })) : spans;
  });
}

/** Nearer to 0 or 1 than this no confidence is told. */
const EDGE = 1e-4;

function scaled(confidence: number, scaling: readonly [number, number] | undefined): number {
  if (scaling === undefined) return confidence;
  const p = Math.min(1 - EDGE, Math.max(EDGE, confidence));
  return 1 / (1 + Math.exp(-(scaling[0] * Math.log(p / (1 - p)) + scaling[1])));
}

/** What the model says of a span's axes: for each, the value with the most probability over the span's words. */
export function axisOpinions(tagged: TaggedText, groups: TaskSpec['groups'], spans: readonly Span[]): Opinions[] {
  if (spans.length === 0) return [];
  const best = bestWindows(tagged.words, tagged.windows);
  const byAxis = AXIS_GROUPS.map((axis) => {
    const group = groups.findIndex(({ name }) => name === axis);
    return group < 0 ? null : tagsOf(tagged, best, group, groups[group]!.labels);
  });
  return spans.map((span) => {
    const [certainty, time, subject, action] = byAxis.map((tags) => tags && opinionOf(tags.slice(span.firstWord, span.endWord)));
    return { certainty: certainty!, time: time!, subject: subject!, action: action! };
  });
}

function opinionOf(tags: readonly Tag[]): Opinion {
  const sums = new Map<string | null, number>();
  for (const { label, confidence } of tags) sums.set(label, (sums.get(label) ?? 0) + confidence);
  const [value, sum] = [...sums].reduce((a, b) => (b[1] > a[1] ? b : a));
  return { value, confidence: sum / tags.length };
}

function tagsOf(
  { words, windows, outcomes, contextTokens }: TaggedText,
  best: Int32Array,
  group: number,
  labels: readonly string[],
): Tag[] {
  return words.map((word, index) => {
    const outcome = outcomes[best[index]!]!;
    const window = windows[best[index]!]!;
    const token = contextTokens + word.firstToken - words[window.firstWord]!.firstToken + 1;
    return { ...parseTag(labels[outcome.tags[group]![token]!]!), confidence: outcome.confidences[group]![token]!, outcome };
  });
}

function parseTag(tag: string): { label: string | null; begins: boolean } {
  if (tag === 'O') return { label: null, begins: false };
  return { label: tag.slice(2), begins: tag.startsWith('B-') };
}

function spansOf(group: string, tags: readonly Tag[]): Span[] {
  const spans: Span[] = [];
  let firstWord = 0;
  for (let word = 1; word <= tags.length; word++) {
    const first = tags[firstWord]!;
    const tag = tags[word];
    if (first.label !== null && tag !== undefined && tag.label === first.label && !tag.begins) continue;
    if (first.label !== null) spans.push(spanOf(group, first.label, tags, firstWord, word));
    firstWord = word;
  }
  return spans;
}

function spanOf(group: string, label: string, tags: readonly Tag[], firstWord: number, endWord: number): Span {
  let logSum = 0;
  for (let word = firstWord; word < endWord; word++) logSum += Math.log(tags[word]!.confidence);
  const { exitLayer, exitReason } = tags[firstWord]!.outcome;
  return { group, label, firstWord, endWord, confidence: Math.exp(logSum / (endWord - firstWord)), exitLayer, exitReason };
}
