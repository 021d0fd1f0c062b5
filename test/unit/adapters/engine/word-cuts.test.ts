import assert from 'node:assert/strict';
import { cutWords } from '../../../../shared/adapters/engine/tokens/word-cuts.ts';

/**
 * Words of tokens given as [start, end, whether the library's word number changes], as the texts
 * that they cover.
 */
function wordsIn(text: string, tokens: readonly (readonly [number, number, 0 | 1])[]): string[] {
  const { starts, ends, wordStarts } = cutWords(text, {
    tokenIds: new Int32Array(tokens.length),
    starts: Int32Array.from(tokens, ([start]) => start),
    ends: Int32Array.from(tokens, ([, end]) => end),
    wordStarts: Uint8Array.from(tokens, ([, , begins]) => begins),
  });
  const first = [...wordStarts].flatMap((begins, token) => (begins === 1 ? [token] : []));
  return first.map((token, word) => text.slice(starts[token], ends[(first[word + 1] ?? tokens.length) - 1]));
}

describe('cutWords', () => {
  it('trims white space of tokens and cuts around punctuation', () => {
    assert.deepEqual(
      wordsIn('took (drug). ', [
        [0, 4, 1],
        [4, 6, 1],
        [6, 10, 0],
        [10, 11, 0],
        [11, 12, 0],
        [12, 13, 1],
      ]),
      ['took', '(', 'drug', ')', '.'],
    );
  });

  it('adds tokens of only white space to the word before them, and leading ones to the first word', () => {
    assert.deepEqual(
      wordsIn('  a  b', [
        [0, 1, 1],
        [1, 3, 1],
        [3, 4, 1],
        [4, 6, 1],
      ]),
      ['a', 'b'],
    );
    assert.deepEqual(
      wordsIn(' x', [
        [0, 1, 1],
        [1, 2, 1],
      ]),
      ['x'],
    );
  });

  it('keeps tokens of one character together', () => {
    assert.deepEqual(
      wordsIn('né', [
        [0, 1, 1],
        [1, 2, 0],
        [1, 2, 0],
      ]),
      ['né'],
    );
  });

  it('cuts around punctuation of two units', () => {
    assert.deepEqual(
      wordsIn('a𐬹b', [
        [0, 1, 1],
        [1, 3, 0],
        [3, 4, 0],
      ]),
      ['a', '𐬹', 'b'],
    );
  });

  it('answers no tokens with no words', () => {
    assert.deepEqual(wordsIn('', []), []);
  });
});
