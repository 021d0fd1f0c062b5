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

/** No heading before a sentence. */
export const NO_CONTEXT = new Int32Array(0);

/** What a row reads before its sentence: the first tokens of the section's heading and [SEP]; nothing where the heading has none. */
export function headingContext({ tokenIds }: Encoding, maxTokens: number, { sepId }: SpecialTokens): Int32Array {
  const kept = tokenIds.subarray(0, maxTokens);
  return kept.length === 0 ? NO_CONTEXT : Int32Array.of(...kept, sepId);
}

/**
 * A row of a tagging task for one window of a text; the word mask marks each word's first token.
 *
 * @param context tokens before the text's own, without words
 */
export function taggingRow<Id>(
  head: RowHead<Id>,
  { encoding, words }: EncodedText,
  window: Window,
  maxTokens: number,
  special: SpecialTokens,
  context: Int32Array = NO_CONTEXT,
): Row<Id> {
  const { first, end } = tokensOf(words, window, maxTokens - SPECIAL_TOKENS - context.length);
  const wordMask = new Uint8Array(context.length + end - first + SPECIAL_TOKENS);
  for (let word = window.firstWord; word < window.endWord; word++) wordMask[context.length + words[word]!.firstToken - first + 1] = 1;
  const tokens = new Int32Array(context.length + end - first);
  tokens.set(context);
  tokens.set(encoding.tokenIds.subarray(first, end), context.length);
  return { ...head, tokenIds: framed(tokens, special), wordMask };
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
