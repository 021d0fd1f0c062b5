import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Span } from '../../../../shared/pure/text/read/tags.ts';
import { relationRow } from '../../../../shared/pure/text/rows/relation-rows.ts';
import { wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode, fakeTokenizer, idOf, MARKERS } from './fakes.ts';
import { span } from './spans.ts';

const HEAD = { id: 'r0', task: 'relations', policy: { entropyThreshold: 'off', patience: 'off' } as const };
const SIGNS = new Map<number, string>([
  [MARKERS.headStart, '<h>'],
  [MARKERS.headEnd, '</h>'],
  [MARKERS.tailStart, '<t>'],
  [MARKERS.tailEnd, '</t>'],
  [fakeTokenizer.clsId, '[CLS]'],
  [fakeTokenizer.sepId, '[SEP]'],
]);

function row(text: string, head: Span, tail: Span, maxTokens = 100) {
  const encoding = encode(text);
  return relationRow(
    HEAD,
    { encoding, words: wordsOf(encoding) },
    { head, tail },
    { maxTokens, markerIds: MARKERS, special: fakeTokenizer },
  );
}

/** The row's tokens as they would be written; every word of the text must be one piece. */
function written(text: string, head: Span, tail: Span, maxTokens?: number): string | undefined {
  const made = row(text, head, tail, maxTokens);
  if (made === null) return undefined;
  assert.equal(made.tokenIds[made.markers![0]], MARKERS.headStart);
  assert.equal(made.tokenIds[made.markers![1]], MARKERS.tailStart);
  const pieces = new Map(text.split(' ').map((word) => [idOf(word), word]));
  return [...made.tokenIds].map((id) => SIGNS.get(id) ?? pieces.get(id)).join(' ');
}

describe('relationRow', () => {
  for (const [name, head, tail, expected] of [
    ['head before tail', span('h', 1), span('t', 3, 5), '[CLS] a <h> b </h> c <t> d e </t> f [SEP]'],
    ['tail before head', span('h', 3, 5), span('t', 1), '[CLS] a <t> b </t> c <h> d e </h> f [SEP]'],
    ['side by side', span('h', 1), span('t', 2), '[CLS] a <h> b </h> <t> c </t> d e f [SEP]'],
    ['tail within head', span('h', 1, 4), span('t', 2), '[CLS] a <h> b <t> c </t> d </h> e f [SEP]'],
    ['same beginning', span('h', 1, 3), span('t', 1), '[CLS] a <h> <t> b </t> c </h> d e f [SEP]'],
    ['same end', span('h', 2), span('t', 1, 3), '[CLS] a <t> b <h> c </h> </t> d e f [SEP]'],
    ['crossing', span('h', 1, 3), span('t', 2, 4), '[CLS] a <h> b <t> c </h> d </t> e f [SEP]'],
    ['at both ends of the text', span('h', 0), span('t', 5), '[CLS] <h> a </h> b c d e <t> f </t> [SEP]'],
  ] as const) {
    it(name, () => assert.equal(written('a b c d e f', head, tail), expected));
  }

  describe('a sentence that is too long', () => {
    const TEXT = 'a b c d e f g h i j k l';

    it('gives as much as fits on both sides', () => {
      assert.equal(written(TEXT, span('h', 5), span('t', 6), 12), '[CLS] d e <h> f </h> <t> g </t> h i [SEP]');
    });

    it('gives more of one side where the other ends', () => {
      assert.equal(written(TEXT, span('h', 0), span('t', 1), 12), '[CLS] <h> a </h> <t> b </t> c d e f [SEP]');
      assert.equal(written(TEXT, span('h', 10), span('t', 11), 12), '[CLS] g h i j <h> k </h> <t> l </t> [SEP]');
    });

    it('has no row for a pair that lies too far apart', () => {
      assert.equal(written(TEXT, span('h', 0), span('t', 6), 12), undefined);
      assert.equal(written(TEXT, span('h', 0), span('t', 5), 12), '[CLS] <h> a </h> b c d e <t> f </t> [SEP]');
    });

    it('cuts at the edges of words, keeps the pair whole and fits', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 60 }),
          fc.nat(59),
          fc.nat(59),
          fc.integer({ min: 8, max: 40 }),
          (lengths, h, t, maxTokens) => {
            const text = lengths.map((length, index) => String.fromCharCode(97 + (index % 26)).repeat(length)).join(' ');
            const words = wordsOf(encode(text));
            const [head, tail] = [span('h', h % lengths.length), span('t', t % lengths.length)];
            const [a, b] = [Math.min(head.firstWord, tail.firstWord), Math.max(head.firstWord, tail.firstWord)];
            const extent = words[b]!.endToken - words[a]!.firstToken;
            const made = row(text, head, tail, maxTokens);
            assert.equal(made === null, extent > maxTokens - 6);
            if (made === null) return;
            assert.ok(made.tokenIds.length <= maxTokens);
            const all = encode(text).tokenIds.join(' ');
            const own = [...made.tokenIds].filter((id) => !SIGNS.has(id));
            assert.ok(` ${all} `.includes(` ${own.join(' ')} `));
          },
        ),
      );
    });
  });
});
