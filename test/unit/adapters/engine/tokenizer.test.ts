import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenizer } from '@epee/engine';
import type { Encoding, Tokenizer } from '@epee/model';
import fc from 'fast-check';
import { manifest } from './fixtures.ts';

const VOCABULARY = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'pain',
  'mg',
  '##mg',
  '25',
  'ca',
  '##fe',
  '[',
  ']',
  'sep',
  '.',
  ',',
  'b',
  'i',
  'd',
  'm',
  '##g',
];

function tokenizerJson(vocabulary: readonly string[] = VOCABULARY) {
  return {
    version: '1.0',
    truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
    padding: { strategy: { Fixed: 64 }, direction: 'Right', pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    added_tokens: vocabulary
      .map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }))
      .slice(0, 4),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  };
}

describe('openTokenizer', () => {
  let dir: string;
  let tokenizer: Tokenizer;

  const open = async (content: object | string) => {
    await writeFile(join(dir, 'tokenizer.json'), typeof content === 'string' ? content : JSON.stringify(content));
    return openTokenizer({ dir, manifest, sha256: '' });
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-tokenizer-'));
    tokenizer = await open(tokenizerJson());
  });

  after(() => rm(dir, { recursive: true }));

  /** Each token as [id, its text, begins a word]. */
  const read = async (text: string) => {
    const [encoding] = await tokenizer.encode([text]);
    const { tokenIds, starts, ends, wordStarts } = encoding!;
    return [...tokenIds].map((id, token) => [VOCABULARY[id], text.slice(starts[token], ends[token]), wordStarts[token]]);
  };

  it('cuts words and punctuation, unpadded and uncut, without [CLS] and [SEP]', async () => {
    assert.deepEqual(await read('Pain, 25mg b.i.d.'), [
      ['pain', 'Pain', 1],
      [',', ',', 1],
      ['25', '25', 1],
      ['##mg', 'mg', 0],
      ['b', 'b', 1],
      ['.', '.', 1],
      ['i', 'i', 1],
      ['.', '.', 1],
      ['d', 'd', 1],
      ['.', '.', 1],
    ]);
    assert.deepEqual([tokenizer.padId, tokenizer.clsId, tokenizer.sepId], [0, 2, 3]);
  });

  it('counts offsets in UTF-16 units after astral characters', async () => {
    assert.deepEqual(await read('😀 25mg 𝒳 Café'), [
      ['[UNK]', '😀', 1],
      ['25', '25', 1],
      ['##mg', 'mg', 0],
      ['[UNK]', '𝒳', 1],
      ['ca', 'Ca', 1],
      ['##fe', 'fé', 0],
    ]);
  });

  it('reads a special token in the text as plain text', async () => {
    assert.deepEqual(await read('pain [SEP] pain'), [
      ['pain', 'pain', 1],
      ['[', '[', 1],
      ['sep', 'SEP', 1],
      [']', ']', 1],
      ['pain', 'pain', 1],
    ]);
  });

  it('marks the same word twice as two words', async () => {
    assert.deepEqual(
      (await read('mg mg')).map(([, , start]) => start),
      [1, 1],
    );
  });

  it('answers texts in order, empty ones with nothing, over several native calls', async () => {
    const texts = Array.from({ length: 37 }, (_, index) => 'pain '.repeat(index % 5));
    const encodings = await tokenizer.encode(texts);
    assert.deepEqual(
      encodings.map(({ tokenIds }) => tokenIds.length),
      texts.map((_, index) => index % 5),
    );
    assert.deepEqual(await tokenizer.encode([]), []);
  });

  it('gives every token of any text an ordered range in it that splits no character', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'pain',
        ' ',
        '25mg',
        '😀',
        '𝒳',
        'é',
        'é',
        '[SEP]',
        '\u200b',
        '\u0000',
        '\r\n',
        '한',
        '北京',
        'ﬁ',
        '\ud83d',
        '\ude00',
        'İ',
        '.',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 16 }), async (lists) => {
        const texts = lists.map((pieces) => pieces.join(''));
        for (const [index, encoding] of (await tokenizer.encode(texts)).entries()) checkRanges(texts[index]!, encoding);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a file that is no tokenizer', async () => {
    await assert.rejects(open('{'), { code: 'MODEL_INVALID', message: /tokenizer\.json is not the tokenizer of this package/ });
    await assert.rejects(open({ model: {} }), { code: 'MODEL_INVALID' });
  });

  it('refuses a vocabulary larger than the model’s, or without its special tokens', async () => {
    await assert.rejects(open(tokenizerJson([...VOCABULARY, ...Array.from({ length: 40 }, (_, index) => `w${index}`)])), {
      code: 'MODEL_INVALID',
      message: /it has 60 tokens, but the manifest's backbone\.vocabulary is 50/,
    });
    await assert.rejects(open(tokenizerJson(['[PAD]', '[UNK]', '[CLS]'])), { code: 'MODEL_INVALID', message: /no token 3, .*sepTokenId/ });
  });
});

function checkRanges(text: string, { tokenIds, starts, ends, wordStarts }: Encoding): void {
  for (let token = 0; token < tokenIds.length; token++) {
    const [start, end] = [starts[token]!, ends[token]!];
    assert.ok(start >= 0 && start < end && end <= text.length, `[${start}, ${end}) of ${text.length}`);
    assert.ok(token === 0 || (start >= starts[token - 1]! && end >= ends[token - 1]!), 'ordered');
    assert.ok(!splitsCharacter(text, start) && !splitsCharacter(text, end), 'whole characters');
    assert.ok(tokenIds[token]! > 3 || tokenIds[token] === 1, 'no special token');
  }
  assert.ok(tokenIds.length === 0 || wordStarts[0] === 1);
}

function splitsCharacter(text: string, offset: number): boolean {
  return /[\ud800-\udbff]$/.test(text.slice(0, offset)) && /^[\udc00-\udfff]/.test(text.slice(offset));
}
