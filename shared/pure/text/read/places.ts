import type { Range } from '../cut/lines.ts';
import type { Word } from '../rows/windows.ts';
import type { Span } from './tags.ts';

/** A sentence of a note with its words, whose offsets count from `range.textStart`. */
export interface PlacedWords {
  readonly range: Range & { readonly textStart: number };
  readonly words: readonly Word[];
}

/** Where a span of a sentence stands in the note, UTF-16 units. */
export function placeOf(text: string, { range, words }: PlacedWords, { firstWord, endWord }: Pick<Span, 'firstWord' | 'endWord'>): Range {
  const start = range.textStart + words[firstWord]!.start;
  let end = range.textStart + words[endWord - 1]!.end;
  // Tokenizers that strip accents end a word before its last combining mark.
  while (end < range.end && /^\p{M}/u.test(text.slice(end, end + 2))) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return { start, end };
}
