import assert from 'node:assert/strict';
import { classificationRow, headingContext, taggingRow } from '../../../../shared/pure/text/rows/rows.ts';
import { wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode, fakeTokenizer, idOf } from './fakes.ts';

const HEAD = { id: 'r', task: 'events', policy: { entropyThreshold: 'off', patience: 'off' } as const };

describe('taggingRow', () => {
  const encoding = encode('on amiodarone she bled');
  const text = { encoding, words: wordsOf(encoding) };

  it('frames the tokens and marks the first token of each word', () => {
    const row = taggingRow(HEAD, text, { firstWord: 0, endWord: 4 }, 20, fakeTokenizer);
    assert.deepEqual([...row.tokenIds], [8, ...['on', 'amio', 'daro', 'ne', 'she', 'bled'].map(idOf), 9]);
    assert.deepEqual([...row.wordMask!], [0, 1, 1, 0, 0, 1, 1, 0]);
  });

  it('holds the tokens of its window alone', () => {
    const row = taggingRow(HEAD, text, { firstWord: 1, endWord: 3 }, 20, fakeTokenizer);
    assert.deepEqual([...row.tokenIds], [8, ...['amio', 'daro', 'ne', 'she'].map(idOf), 9]);
    assert.deepEqual([...row.wordMask!], [0, 1, 0, 0, 1, 0]);
  });

  it('reads the heading before its own tokens, without words there', () => {
    const context = headingContext(encode('drug history'), 3, fakeTokenizer);
    const row = taggingRow(HEAD, text, { firstWord: 0, endWord: 2 }, 20, fakeTokenizer, context);
    assert.deepEqual([...row.tokenIds], [8, ...['drug', 'hist', 'ory'].map(idOf), 9, ...['on', 'amio', 'daro', 'ne'].map(idOf), 9]);
    assert.deepEqual([...row.wordMask!], [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
    assert.equal(headingContext(encode(''), 3, fakeTokenizer).length, 0);
  });

  it('holds the first tokens of a word that is longer than the row', () => {
    const row = taggingRow(HEAD, text, { firstWord: 1, endWord: 2 }, 4, fakeTokenizer);
    assert.deepEqual([...row.tokenIds], [8, idOf('amio'), idOf('daro'), 9]);
    assert.deepEqual([...row.wordMask!], [0, 1, 0, 0]);
  });
});

describe('classificationRow', () => {
  it('holds the first tokens that fit', () => {
    assert.deepEqual([...classificationRow(HEAD, encode('a b c d'), 5, fakeTokenizer).tokenIds], [8, ...['a', 'b', 'c'].map(idOf), 9]);
  });
});
