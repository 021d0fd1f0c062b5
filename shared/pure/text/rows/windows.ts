import type { Encoding } from '@epee/model';
import type { Range } from '../cut/lines.ts';

/** A word of an encoded text: its tokens `[firstToken, endToken)` and its characters `[start, end)`, UTF-16 units of that text. */
export interface Word extends Range {
  readonly firstToken: number;
  readonly endToken: number;
}

/** A piece of an encoded text that fits into one row: the words `[firstWord, endWord)`. */
export interface Window {
  readonly firstWord: number;
  readonly endWord: number;
}

/** The words of an encoding, in order. A word ends where its last token does. Tokens before the first word's start count to the first word. */
export function wordsOf({ starts, ends, wordStarts }: Encoding): Word[] {
  const words: Word[] = [];
  let first = 0;
  for (let token = 1; token <= starts.length; token++) {
    if (token < starts.length && wordStarts[token] === 0) continue;
    words.push({ firstToken: first, endToken: token, start: starts[first]!, end: ends[token - 1]! });
    first = token;
  }
  return words;
}

/**
 * Cuts a text into windows of at most `capacity` tokens that begin and end at words' edges. Neighbours share about a quarter of their tokens, so that a
 * span which one of them cuts is whole in the other.
 *
 * @param capacity tokens of a row less its special ones, >= 1. A word longer than that has a window of its own, and {@link tokensOf} gives its first tokens.
 * @returns no window for a text without words; one where all of it fits
 */
export function cutWindows(words: readonly Word[], capacity: number): Window[] {
  const windows: Window[] = [];
  let firstWord = 0;
  while (firstWord < words.length) {
    const endWord = lastFitting(words, firstWord, capacity);
    windows.push({ firstWord, endWord });
    if (endWord === words.length) break;
    firstWord = overlapStart(words, firstWord, endWord, capacity);
  }
  return windows;
}

function lastFitting(words: readonly Word[], firstWord: number, capacity: number): number {
  const limit = words[firstWord]!.firstToken + capacity;
  let endWord = firstWord + 1;
  while (endWord < words.length && words[endWord]!.endToken <= limit) endWord += 1;
  return endWord;
}

function overlapStart(words: readonly Word[], firstWord: number, endWord: number, capacity: number): number {
  const nextEnd = words[endWord]!.endToken;
  // The next window must hold a word more than this one, however long that word is.
  const shared = Math.max(words[endWord - 1]!.endToken - Math.floor(capacity / 4), nextEnd - capacity);
  let start = endWord;
  while (start > firstWord + 1 && words[start - 1]!.firstToken >= shared) start -= 1;
  return start;
}

/** Tokens `[first, end)` of a window, at most `capacity` of them. */
export function tokensOf(words: readonly Word[], { firstWord, endWord }: Window, capacity: number): { first: number; end: number } {
  const first = words[firstWord]!.firstToken;
  return { first, end: Math.min(words[endWord - 1]!.endToken, first + capacity) };
}

/**
 * For each word, the window whose answer counts: the one in which it stands farthest from an edge that cuts the text; the earlier one of equals.
 *
 * @returns index into `windows` by word
 */
export function bestWindows(words: readonly Word[], windows: readonly Window[]): Int32Array {
  const best = new Int32Array(words.length);
  const distances = new Float64Array(words.length).fill(-1);
  windows.forEach((window, index) => {
    for (let word = window.firstWord; word < window.endWord; word++) {
      const distance = edgeDistance(words, window, word);
      if (distance <= distances[word]!) continue;
      distances[word] = distance;
      best[word] = index;
    }
  });
  return best;
}

function edgeDistance(words: readonly Word[], { firstWord, endWord }: Window, word: number): number {
  const left = firstWord === 0 ? Number.POSITIVE_INFINITY : words[word]!.firstToken - words[firstWord]!.firstToken;
  const right = endWord === words.length ? Number.POSITIVE_INFINITY : words[endWord - 1]!.endToken - words[word]!.endToken;
  return Math.min(left, right);
}
