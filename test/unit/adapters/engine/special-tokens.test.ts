import assert from 'node:assert/strict';
import fc from 'fast-check';
import { specialTokenNeutraliser } from '../../../../shared/adapters/engine/tokens/special-tokens.ts';

const bert = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((content) => ({ content, normalized: false }));

describe('specialTokenNeutraliser', () => {
  const neutralise = specialTokenNeutraliser(bert);

  it('writes special tokens in lower case and leaves the rest', () => {
    assert.equal(neutralise('a [SEP] b [Sep] [MASK][CLS] SEP'), 'a [sep] b [Sep] [mask][cls] SEP');
    assert.equal(neutralise('[[SEP]'), '[[sep]');
  });

  it('blanks a character where lower case does not help', () => {
    assert.equal(specialTokenNeutraliser([{ content: '<s>', normalized: false }])('a<s>b'), 'a s>b');
    assert.equal(specialTokenNeutraliser([{ content: '[Drug]', normalized: true }])('x [DRUG]'), 'x  drug]');
  });

  it('finds a token that a replacement uncovers', () => {
    const nested = specialTokenNeutraliser(['<<s>', '<s>'].map((content) => ({ content, normalized: false })));
    assert.ok(!nested('<<s>').includes('<s>'));
  });

  it('leaves no special token in any text, at the same length', () => {
    const piece = fc.constantFrom(...bert.map(({ content }) => content), '[', ']', 'SEP', 'sep', 'x', '😀', ' ');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const result = neutralise(text);
        assert.equal(result.length, text.length);
        assert.equal(result.toLowerCase(), text.toLowerCase());
        for (const { content } of bert) assert.ok(!result.includes(content));
      }),
    );
  });

  it('does nothing without special tokens', () => assert.equal(specialTokenNeutraliser([])('[SEP]'), '[SEP]'));
});
