import type { Encoding } from '@epee/model';

const WHITE_SPACE = /\p{White_Space}/u;
// As in BERT's pre-tokenizer: all ASCII signs (Unicode calls some of them symbols), and all of
// Unicode's punctuation.
const PUNCTUATION = /[!-/:-@[-`{-~]|\p{P}/u;

/**
 * Finds the words of an encoding whose tokens carry white space (ALBERT's unigrams, GPT-2's bytes),
 * as the trainer does (`data/words.py`). The offsets lose that white space. A word
 * begins at the first token, where the library's word number changes, after white space, and before
 * and after punctuation. A token of only white space belongs to the end of the previous word. A
 * token that begins at the same character as the token before it begins no word.
 * @param encoding its `wordStarts` are 1 where the library's word number changes
 */
export function cutWords(text: string, { tokenIds, starts: given, ends: givenEnds, wordStarts: pieces }: Encoding): Encoding {
  const starts = Int32Array.from(given);
  const ends = Int32Array.from(givenEnds);
  for (let token = 0; token < starts.length; token++) trim(text, starts, ends, token);
  if (starts.length === 0) return { tokenIds, starts, ends, wordStarts: pieces };
  const first = Math.max(
    0,
    starts.findIndex((start, token) => start < ends[token]!),
  );
  starts.fill(starts[first]!, 0, first);
  ends.fill(starts[first]!, 0, first);
  const wordStarts = new Uint8Array(starts.length);
  wordStarts[0] = 1;
  for (let token = first + 1; token < starts.length; token++) {
    const start = starts[token]!;
    if (start === ends[token]!) {
      starts[token] = ends[token - 1]!;
      ends[token] = ends[token - 1]!;
      continue;
    }
    if (start === starts[token - 1]! && start < ends[token - 1]!) continue;
    if (pieces[token] === 1 || isEdge(text, start)) wordStarts[token] = 1;
  }
  return { tokenIds, starts, ends, wordStarts };
}

function trim(text: string, starts: Int32Array, ends: Int32Array, token: number): void {
  // All white space is in the basic plane, so one unit is one character.
  while (ends[token]! > starts[token]! && WHITE_SPACE.test(text[ends[token]! - 1]!)) ends[token]! -= 1;
  while (starts[token]! < ends[token]! && WHITE_SPACE.test(text[starts[token]!]!)) starts[token]! += 1;
}

function isEdge(text: string, at: number): boolean {
  const before = characterBefore(text, at);
  return WHITE_SPACE.test(before) || PUNCTUATION.test(before) || PUNCTUATION.test(String.fromCodePoint(text.codePointAt(at)!));
}

function characterBefore(text: string, at: number): string {
  const isPair = at >= 2 && (text.codePointAt(at - 2) ?? 0) > 0xffff;
  return text.slice(at - (isPair ? 2 : 1), at);
}
