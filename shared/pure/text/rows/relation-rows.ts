import type { Row, TaskSpec } from '@epee/model';
import type { Span } from '../read/tags.ts';
import type { CandidatePair } from './pairs.ts';
import { type EncodedText, framed, type RowHead, SPECIAL_TOKENS, type SpecialTokens } from './rows.ts';
import type { Word } from './windows.ts';

/** Ids of the tokens that mark the head and the tail of a pair. */
export type MarkerIds = NonNullable<TaskSpec['relation']>['markerTokenIds'];

const MARKERS = 4;

/** Half-open range of tokens. */
interface TokenRange {
  readonly first: number;
  readonly end: number;
}

/**
 * The row that asks how two entities are related: the sentence's tokens with four markers around the head's and the tail's, and [CLS] and [SEP]. Of a
 * sentence that is too long, as much as fits around the pair, cut at words' edges.
 *
 * @returns null where the pair lies too far apart for one row
 */
export function relationRow<Id>(
  row: RowHead<Id>,
  text: EncodedText,
  pair: CandidatePair,
  { maxTokens, markerIds, special }: { maxTokens: number; markerIds: MarkerIds; special: SpecialTokens },
): Row<Id> | null {
  const head = tokenRange(pair.head, text.words);
  const tail = tokenRange(pair.tail, text.words);
  const window = windowAround(
    { first: Math.min(head.first, tail.first), end: Math.max(head.end, tail.end) },
    text.words,
    maxTokens - SPECIAL_TOKENS - MARKERS,
  );
  if (window === null) return null;
  const { tokens, markers } = insertMarkers(text.encoding.tokenIds, window, { head, tail, ids: markerIds });
  return { ...row, tokenIds: framed(tokens, special), markers: [markers[0] + 1, markers[1] + 1] };
}

function tokenRange({ firstWord, endWord }: Span, words: readonly Word[]): TokenRange {
  return { first: words[firstWord]!.firstToken, end: words[endWord - 1]!.endToken };
}

function windowAround(pair: TokenRange, words: readonly Word[], capacity: number): TokenRange | null {
  const tokens = words.at(-1)!.endToken;
  if (tokens <= capacity) return { first: 0, end: tokens };
  const spare = capacity - (pair.end - pair.first);
  if (spare < 0) return null;
  const end = Math.min(tokens, pair.end + Math.max(Math.ceil(spare / 2), spare - pair.first));
  const first = Math.max(0, end - capacity);
  return {
    first: words.find((word) => word.firstToken >= first)!.firstToken,
    end: words.findLast((word) => word.endToken <= end)!.endToken,
  };
}

/** At one position closing markers stand before opening ones, and the head's before the tail's; services/trainer marks its rows in the same way. */
function insertMarkers(
  tokenIds: Int32Array,
  window: TokenRange,
  { head, tail, ids }: { head: TokenRange; tail: TokenRange; ids: MarkerIds },
): { tokens: number[]; markers: [number, number] } {
  const tokens: number[] = [];
  const markers: [number, number] = [0, 0];
  for (let at = window.first; at <= window.end; at++) {
    if (at === head.end) tokens.push(ids.headEnd);
    if (at === tail.end) tokens.push(ids.tailEnd);
    if (at === head.first) markers[0] = tokens.push(ids.headStart) - 1;
    if (at === tail.first) markers[1] = tokens.push(ids.tailStart) - 1;
    if (at < window.end) tokens.push(tokenIds[at]!);
  }
  return { tokens, markers };
}
