import type { Word } from '../rows/windows.ts';
import type { Span } from './tags.ts';

const SOLID = /[\p{L}\p{N}]/u;
const SINGLE_LETTER = /^\p{L}$/u;
/** Parts of a dotted abbreviation: "q.6.h". */
const SHORT = /^(?:\p{L}|\p{N}{1,2})$/u;
/** Signs that may begin a span where a number follows, and those that may end one: "<=5", "+2", "40 %", "culture +". */
const BEFORE_NUMBER = /^[+\-−–<>~≈≥≤±=.#]{1,2}\p{N}/u;
const AT_END = /^[%+°‰²³]$/u;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/**
 * Corrects the edges of spans by the text: a span that cuts a number or a dotted abbreviation takes the whole of it, signs at its ends go, and a span without a letter or
 * digit is left out. Spans of one group never overlap; what two of them cut goes to the first.
 *
 * @param spans of one sentence, in order within each group
 * @param text the sentence as encoded; `words` are its words
 */
export function wholeSpans(spans: readonly Span[], words: readonly Word[], text: string): Span[] {
  const unitOf = unitsByWord(words, text);
  const ends = new Map<string, number>();
  return spans.flatMap((span) => {
    const taken = ends.get(span.group) ?? 0;
    let firstWord = Math.max(taken, unitOf[span.firstWord]!.first);
    let endWord = unitOf[span.endWord - 1]!.end;
    // What is left of a unit whose beginning another span has taken is no unit.
    while (firstWord < endWord && unitOf[firstWord]!.first < firstWord) firstWord += 1;
    while (firstWord < endWord && !mayBegin(firstWord, endWord, words, text)) firstWord += 1;
    while (endWord > firstWord && !mayEnd(firstWord, endWord, words, text)) endWord -= 1;
    if (firstWord >= endWord || !SOLID.test(text.slice(words[firstWord]!.start, words[endWord - 1]!.end))) return [];
    ends.set(span.group, endWord);
    return [{ ...span, firstWord, endWord }];
  });
}

/**
 * For each word the words that it is never cut from, itself where there are none: a number with its points, commas, colons and slashes ("0.25", ".5", "120/80"), and single
 * letters with full stops between them ("b.i.d").
 */
function unitsByWord(words: readonly Word[], text: string): { readonly first: number; readonly end: number }[] {
  const units = words.map((_, index) => ({ first: index, end: index + 1 }));
  for (let sign = 0; sign < words.length - 1; sign++) {
    if (!isGlued(words, sign)) continue;
    const before = sign > 0 && isGlued(words, sign - 1) ? wordText(words, sign - 1, text) : '';
    const [link, after] = [wordText(words, sign, text), wordText(words, sign + 1, text)];
    if (!isLink(before, link, after)) continue;
    const first = before === '' ? sign : units[sign - 1]!.first;
    for (let at = first; at <= sign + 1; at++) units[at] = { first, end: sign + 2 };
  }
  return units;
}

/** Whether nothing stands between a word and the next one. */
const isGlued = (words: readonly Word[], at: number): boolean => words[at]!.end === words[at + 1]!.start;

function isLink(before: string, sign: string, after: string): boolean {
  if (/^[.,:/]$/.test(sign) && /^\p{N}/u.test(after)) return /\p{N}$/u.test(before) || (before === '' && sign === '.');
  return sign === '.' && SHORT.test(before) && SHORT.test(after) && (SINGLE_LETTER.test(before) || SINGLE_LETTER.test(after));
}

const wordText = (words: readonly Word[], at: number, text: string): string => text.slice(words[at]!.start, words[at]!.end);

function mayBegin(firstWord: number, endWord: number, words: readonly Word[], text: string): boolean {
  const word = wordText(words, firstWord, text);
  if (SOLID.test(word)) return true;
  if (BEFORE_NUMBER.test(text.slice(words[firstWord]!.start, words[endWord - 1]!.end))) return true;
  const closing = Object.keys(CLOSING).find((sign) => CLOSING[sign] === word);
  return closing !== undefined && text.slice(words[firstWord]!.end, words[endWord - 1]!.end).includes(closing);
}

function mayEnd(firstWord: number, endWord: number, words: readonly Word[], text: string): boolean {
  const word = wordText(words, endWord - 1, text);
  if (SOLID.test(word) || AT_END.test(word)) return true;
  const before = text.slice(words[firstWord]!.start, words[endWord - 1]!.start);
  if (word === '.') return /\p{L}\.\p{L}$/u.test(before);
  const opening = CLOSING[word];
  return opening !== undefined && before.includes(opening);
}
