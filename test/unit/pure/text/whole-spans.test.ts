import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Span } from '../../../../shared/pure/text/read/tags.ts';
import { wholeSpans } from '../../../../shared/pure/text/read/whole-spans.ts';
import type { Word } from '../../../../shared/pure/text/rows/windows.ts';

/** Words as BERT's pre-tokenizer makes them: runs of letters and digits, and each sign for itself. */
function wordsIn(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu)].map(({ index, 0: word }, at) => ({
    firstToken: at,
    endToken: at + 1,
    start: index,
    end: index + word.length,
  }));
}

const spanOf = (firstWord: number, endWord: number, group = 'facts'): Span => ({
  group,
  label: 'value',
  firstWord,
  endWord,
  confidence: 0.5,
  exitLayer: 3,
  exitReason: 'entropy',
});

/** The spans that are between brackets of ⟦ and ⟧, corrected. */
function corrected(marked: string): string[] {
  const text = marked.replaceAll(/[⟦⟧]/g, '');
  const words = wordsIn(text);
  const spans: Span[] = [];
  let at = 0;
  for (const part of marked.split(/(?=[⟦⟧])/)) {
    const length = part.replace(/[⟦⟧]/, '').length;
    const inside = words.flatMap(({ start, end }, index) => (start >= at && end <= at + length ? [index] : []));
    if (part.startsWith('⟦') && inside.length > 0) spans.push(spanOf(inside[0]!, inside.at(-1)! + 1));
    at += length;
  }
  return wholeSpans(spans, words, text).map(({ firstWord, endWord }) => text.slice(words[firstWord]!.start, words[endWord - 1]!.end));
}

const CASES: readonly (readonly [marked: string, spans: readonly string[]])[] = [
  ['warfarin 2⟦.5 mg⟧ daily', ['2.5 mg']],
  ['digoxin 0⟦.⟧25 mg', ['0.25']],
  ['BP ⟦120/⟧80 today', ['120/80']],
  ['taken ⟦b.i⟧.d. with food', ['b.i.d']],
  ['taken ⟦t.i.d.⟧', ['t.i.d.']],
  ['a ⟦rash.⟧', ['rash']],
  ['⟦- rash,⟧ hives', ['rash']],
  ['⟦.⟧ and ⟦--⟧', []],
  ['glucose ⟦<5⟧ at night', ['<5']],
  ['score ⟦-2.5⟧ at the hip', ['-2.5']],
  ['EF ⟦<=40%⟧', ['<=40%']],
  ['taken ⟦q.6⟧.h. for pain', ['q.6.h']],
  ['⟦- 2 tablets⟧', ['2 tablets']],
  ['⟦vitamin D (25-OH)⟧ low', ['vitamin D (25-OH)']],
  ['⟦pneumonia)⟧ resolved', ['pneumonia']],
  ['⟦(CT head⟧', ['CT head']],
  ['saturation ⟦97%⟧', ['97%']],
  ['⟦1⟧,⟦000 units⟧', ['1,000', 'units']],
];

describe('wholeSpans', () => {
  for (const [marked, spans] of CASES) it(marked, () => assert.deepEqual(corrected(marked), spans));

  it('keeps groups apart', () => {
    const text = '2.5 mg';
    const spans = wholeSpans([spanOf(1, 3, 'a'), spanOf(0, 1, 'b')], wordsIn(text), text);
    assert.deepEqual(
      spans.map(({ group, firstWord, endWord }) => [group, firstWord, endWord]),
      [
        ['a', 0, 3],
        ['b', 0, 3],
      ],
    );
  });

  it('gives no span of signs alone, none that cuts a number or a dotted abbreviation, and none that overlaps, whatever the text', () => {
    const piece = fc.constantFrom(
      '2.5',
      'b.i.d.',
      '120/80',
      '.',
      ',',
      '(',
      ')',
      'rash',
      ' ',
      '%',
      '-',
      '0',
      '1,000',
      '💊',
      'é',
      'p.o.',
      '<',
      '\n',
    );
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(fc.nat(30), fc.nat(5)), { maxLength: 6 }), (text, edges) => {
        const words = wordsIn(text);
        const spans: Span[] = [];
        for (const [from, length] of edges.toSorted(([a], [b]) => a - b)) {
          const firstWord = Math.max(from, spans.at(-1)?.endWord ?? 0);
          if (firstWord + length < words.length) spans.push(spanOf(firstWord, firstWord + length + 1));
        }
        let end = 0;
        for (const { firstWord, endWord } of wholeSpans(spans, words, text)) {
          assert.ok(firstWord >= end && endWord > firstWord);
          end = endWord;
          const [start, stop] = [words[firstWord]!.start, words[endWord - 1]!.end];
          assert.match(text.slice(start, stop), /[\p{L}\p{N}]/u);
          for (const edge of [start, stop]) {
            const cut = `${text.slice(0, edge)}|${text.slice(edge)}`;
            assert.doesNotMatch(cut, /\p{N}(?:[.,:/]\||\|[.,:/])\p{N}/u);
            assert.doesNotMatch(cut, /(?<![\p{L}\p{N}\p{M}])\p{L}(?:\.\||\|\.)\p{L}(?![\p{L}\p{N}\p{M}])/u);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
