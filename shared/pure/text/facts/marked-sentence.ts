import type { Range } from '../cut/lines.ts';
import type { Entry } from './cue-rows.ts';
import { type Token, tokensOf } from './tokens.ts';
import { type FactSpan, isHead } from './types.ts';

/** A sentence with its mentions, by tokens. */
export interface MarkedSentence {
  readonly text: string;
  readonly range: Range;
  readonly tokens: readonly Token[];
  /** Problems, medications, tests and procedures, in order. */
  readonly mentions: readonly Mention[];
  /** By token: the mention that it belongs to, -1 for words outside. */
  readonly mentionAt: readonly number[];
  /** By token: whether it belongs to any span, attributes included. */
  readonly inSpan: readonly boolean[];
}

/** A mention, and its first token and the one after its last. */
export interface Mention {
  readonly span: FactSpan;
  readonly first: number;
  readonly after: number;
}

/** A cue at its place in a sentence. */
export interface PlacedCue {
  readonly first: number;
  readonly after: number;
  readonly entries: readonly Entry[];
}

/** Marks the tokens of a sentence that belong to its spans. */
export function markSentence(text: string, range: Range, spans: readonly FactSpan[]): MarkedSentence {
  const tokens = tokensOf(text, range);
  const mentionAt = tokens.map(() => -1);
  const inSpan = tokens.map(() => false);
  const mentions: Mention[] = [];
  for (const span of spans) {
    const first = tokens.findIndex((token) => token.end > span.start);
    if (first < 0 || tokens[first]!.start >= span.end) continue;
    let after = first;
    while (after < tokens.length && tokens[after]!.start < span.end) {
      inSpan[after] = true;
      if (isHead(span.label)) mentionAt[after] = mentions.length;
      after += 1;
    }
    if (isHead(span.label)) mentions.push({ span, first, after });
  }
  return { text, range, tokens, mentions, mentionAt, inSpan };
}
