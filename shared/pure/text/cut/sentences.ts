import { splitBlocks } from './blocks.ts';
import { isLowSurrogate } from './code-points.ts';
import { markerLength } from './line-kinds.ts';
import { isBlank, isEmpty, type Range, trimRange } from './lines.ts';
import { sentenceEnds } from './sentence-ends.ts';

/** A sentence, a list item, a table row or a bare line; UTF-16 offsets, white space at neither end. */
export interface SentenceRange extends Range {
  /** Where its words begin: after the list marker, if it has one. */
  readonly textStart: number;
}

/** Longest sentence, UTF-16 units: longer ones are cut at white space, so that a note without a full stop stays cheap. */
export const MAX_SENTENCE_UNITS = 2000;

/**
 * Cuts a section's body into sentences. In order and without overlap they hold every character that is not white space.
 *
 * The rules are our own: general splitters break at "b.i.d. Patient" and at every line of a hard-wrapped note, and lose offsets or list lines.
 */
export function splitSentences(text: string, body: Range, maxUnits = MAX_SENTENCE_UNITS): SentenceRange[] {
  const sentences: SentenceRange[] = [];
  for (const block of splitBlocks(text, body)) {
    let start = block.start;
    for (const end of sentenceEnds(text, block)) {
      const isFirst = start === block.start;
      for (const piece of cutLong(text, { start, end }, maxUnits))
        sentences.push(withTextStart(text, piece, isFirst ? block.textStart : 0));
      start = end;
    }
  }
  return sentences;
}

/** A whole text as one sentence, or as several where it is longer than `maxUnits`; a list marker counts as its text. */
export function wholeSentence(text: string, maxUnits = MAX_SENTENCE_UNITS): SentenceRange[] {
  return cutLong(text, { start: 0, end: text.length }, maxUnits).map((range) => ({ ...range, textStart: range.start }));
}

/** @param from where a block's words begin, for its first sentence */
function withTextStart(text: string, { start, end }: Range, from: number): SentenceRange {
  const marker = markerLength(text.slice(start, Math.min(end, start + 60)));
  return { start, end, textStart: from > start && from < end ? from : start + marker };
}

function cutLong(text: string, range: Range, maxUnits: number): Range[] {
  const pieces: Range[] = [];
  let rest = trimRange(text, range);
  while (rest.end - rest.start > maxUnits) {
    const cut = cutPoint(text, rest.start, maxUnits);
    pieces.push(trimRange(text, { start: rest.start, end: cut }));
    rest = trimRange(text, { start: cut, end: rest.end });
  }
  if (!isEmpty(rest)) pieces.push(rest);
  return pieces;
}

/** The last white space within reach; without any, the last place that splits neither a surrogate pair nor a letter from its combining marks. */
function cutPoint(text: string, start: number, maxUnits: number): number {
  const limit = start + maxUnits;
  for (let i = limit; i > start; i--) if (isBlank(text.charCodeAt(i))) return i;
  for (let i = limit; i > start + maxUnits / 2; i--) if (!isInsideCharacter(text, i)) return i;
  return isLowSurrogate(text.charCodeAt(limit)) ? limit - 1 : limit;
}

function isInsideCharacter(text: string, at: number): boolean {
  return isLowSurrogate(text.charCodeAt(at)) || /^[\p{M}\u200d]/u.test(text.slice(at, at + 2));
}
