import type { TaggingOutcome, TaskSpec } from '@epee/model';
import type { ExitReason } from '@epee/records';
import { bestWindows, type Window, type Word } from '../rows/windows.ts';

/** A labelled span of an encoded text: the words `[firstWord, endWord)`. */
export interface Span {
  /** Name of the tag group that it comes from. */
  readonly group: string;
  readonly label: string;
  readonly firstWord: number;
  readonly endWord: number;
  /** Geometric mean of the probabilities of its words' tags. */
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
}

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
 * tag counts. Tolerant: an `I-` that continues nothing, or another label, begins a span.
 */
export function decodeSpans(tagged: TaggedText, groups: TaskSpec['groups']): Span[] {
  const best = bestWindows(tagged.words, tagged.windows);
  return groups.flatMap(({ name, labels }, group) =>
    spansOf(
      name,
      tagged.words.map((word, index) => {
        const outcome = tagged.outcomes[best[index]!]!;
        const window = tagged.windows[best[index]!]!;
        const token = word.firstToken - tagged.words[window.firstWord]!.firstToken + 1;
        return { ...parseTag(labels[outcome.tags[group]![token]!]!), confidence: outcome.confidences[group]![token]!, outcome };
      }),
    ),
  );
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
