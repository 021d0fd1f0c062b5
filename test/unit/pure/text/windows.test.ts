import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bestWindows, cutWindows, tokensOf, wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode } from './fakes.ts';

const words = (text: string) => wordsOf(encode(text));

describe('wordsOf', () => {
  it('joins the pieces of a word and keeps their outer offsets', () => {
    assert.deepEqual(words('amiodarone (5)'), [
      { firstToken: 0, endToken: 3, start: 0, end: 10 },
      { firstToken: 3, endToken: 4, start: 11, end: 12 },
      { firstToken: 4, endToken: 5, start: 12, end: 13 },
      { firstToken: 5, endToken: 6, start: 13, end: 14 },
    ]);
  });

  it('finds no word in a text without tokens', () => assert.deepEqual(words(' '), []));
});

describe('cutWindows', () => {
  it('needs one window where all fits', () => assert.deepEqual(cutWindows(words('a b c d'), 4), [{ firstWord: 0, endWord: 4 }]));

  it('overlaps by a quarter', () => {
    assert.deepEqual(cutWindows(words('a b c d e f g h i j k l'), 8), [
      { firstWord: 0, endWord: 8 },
      { firstWord: 6, endWord: 12 },
    ]);
  });

  it('cuts at the edges of words', () => {
    assert.deepEqual(cutWindows(words('aaaabbbb ccccdddd eeeeffff'), 5), [
      { firstWord: 0, endWord: 2 },
      { firstWord: 2, endWord: 3 },
    ]);
  });

  it('gives a word that is longer than a row a window of its own, and its first tokens', () => {
    const long = words(`a ${'b'.repeat(40)} c`);
    const windows = cutWindows(long, 4);
    assert.deepEqual(windows, [
      { firstWord: 0, endWord: 1 },
      { firstWord: 1, endWord: 2 },
      { firstWord: 2, endWord: 3 },
    ]);
    assert.deepEqual(tokensOf(long, windows[1]!, 4), { first: 1, end: 5 });
  });

  it('holds every word, in order, in rows that fit', () => {
    const text = fc
      .array(
        fc.integer({ min: 1, max: 40 }).map((length) => 'w'.repeat(length)),
        { minLength: 1, maxLength: 80 },
      )
      .map((list) => list.join(' '));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 30 }), (text, capacity) => {
        const list = words(text);
        const windows = cutWindows(list, capacity);
        assert.equal(windows[0]!.firstWord, 0);
        assert.equal(windows.at(-1)!.endWord, list.length);
        windows.forEach((window, index) => {
          const { first, end } = tokensOf(list, window, capacity);
          assert.ok(end > first && end - first <= capacity);
          const next = windows[index + 1];
          if (next === undefined) return;
          assert.ok(next.firstWord > window.firstWord && next.firstWord <= window.endWord && next.endWord > window.endWord);
        });
        bestWindows(list, windows).forEach((window, word) => {
          assert.ok(windows[window]!.firstWord <= word && word < windows[window]!.endWord);
        });
      }),
    );
  });
});

describe('bestWindows', () => {
  it('prefers the window in which the word is farther from a cut; an end of the text is none', () => {
    const list = words('a b c d e f g h i j k l');
    assert.deepEqual([...bestWindows(list, cutWindows(list, 8))], [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });
});
