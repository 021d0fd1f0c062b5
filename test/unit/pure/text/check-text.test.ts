import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkText } from '../../../../shared/pure/text/cut/check-text.ts';

describe('checkText', () => {
  it('accepts a text of exactly the limit', () => {
    assert.equal(checkText('é💊x', 7), null);
  });

  it('refuses a text over the limit with both sizes', () => {
    const error = checkText('é💊xy', 7);
    assert.equal(error?.code, 'TEXT_TOO_LARGE');
    assert.match(error!.message, /8 bytes, the limit is 7/);
  });

  for (const [name, text] of [
    ['nothing', ''],
    ['blanks and line breaks', ' \t\r\n\u00a0\u0085\u2028'],
  ] as const) {
    it(`refuses ${name} as empty`, () => assert.equal(checkText(text, 100)?.code, 'TEXT_EMPTY'));
  }

  for (const [name, text] of [
    ['a high half alone', 'drug \ud83d reaction'],
    ['a low half alone', 'drug \udc8a'],
    ['a high half at the end', 'drug \ud83d'],
    ['halves in the wrong order', '\udc8a\ud83d'],
  ] as const) {
    it(`refuses ${name} without repeating the text`, () => {
      const error = checkText(text, 100);
      assert.equal(error?.code, 'TEXT_INVALID_UTF8');
      assert.doesNotMatch(error!.message, /drug/);
    });
  }

  it('measures as UTF-8 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const bytes = Buffer.byteLength(`x${text}`);
        assert.equal(checkText(`x${text}`, bytes), null);
        assert.equal(checkText(`x${text}`, bytes - 1)?.code, 'TEXT_TOO_LARGE');
      }),
    );
  });
});
