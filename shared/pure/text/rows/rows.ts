import type { ExitPolicy } from '@epee/exits';
import type { Encoding, Row } from '@epee/model';
import { tokensOf, type Window, type Word } from './windows.ts';

/** Ids of the tokens that stand around every row. */
export interface SpecialTokens {
  readonly clsId: number;
  readonly sepId: number;
}

/** What a row carries besides its tokens. */
export interface RowHead<Id = unknown> {
  readonly id: Id;
  readonly task: string;
  readonly policy: ExitPolicy;
}

/** A row that an extractor asks about, with its place. */
export type NoteRow = Row<NoteRowId>;

/**
 * Place of a row in one call of an extractor's `run`, from 0 on: its note's among the notes of the
 * call of `extract`, and its own among the note's rows.
 */
export interface NoteRowId {
  readonly note: number;
  readonly row: number;
}

/** An encoded text and its words. */
export interface EncodedText {
  readonly encoding: Encoding;
  readonly words: readonly Word[];
}

/** Tokens of a row that are not the text's own: [CLS] and [SEP]. */
export const SPECIAL_TOKENS = 2;

/** A row of a tagging task for one window of a text; the word mask marks each word's first token. */
export function taggingRow<Id>(
  head: RowHead<Id>,
  { encoding, words }: EncodedText,
  window: Window,
  maxTokens: number,
  special: SpecialTokens,
): Row<Id> {
  const { first, end } = tokensOf(words, window, maxTokens - SPECIAL_TOKENS);
  const wordMask = new Uint8Array(end - first + SPECIAL_TOKENS);
  for (let word = window.firstWord; word < window.endWord; word++) wordMask[words[word]!.firstToken - first + 1] = 1;
  return { ...head, tokenIds: framed(encoding.tokenIds.subarray(first, end), special), wordMask };
}

/** A row of a classification task: the first tokens of a text, as many as fit. */
export function classificationRow<Id>(head: RowHead<Id>, encoding: Encoding, maxTokens: number, special: SpecialTokens): Row<Id> {
  return { ...head, tokenIds: framed(encoding.tokenIds.subarray(0, maxTokens - SPECIAL_TOKENS), special) };
}

/** [CLS], the tokens, [SEP]. */
export function framed(tokenIds: ArrayLike<number>, { clsId, sepId }: SpecialTokens): Int32Array {
  const row = new Int32Array(tokenIds.length + SPECIAL_TOKENS);
  row[0] = clsId;
  row.set(tokenIds, 1);
  row[row.length - 1] = sepId;
  return row;
}
