import assert from 'node:assert/strict';
import fc from 'fast-check';
import { codePointOffsets } from '../../../../shared/pure/text/cut/code-points.ts';

describe('codePointOffsets', () => {
  it('leaves offsets as they are in a text without astral characters', () => {
    const offset = codePointOffsets('Grüße, 5 µg');
    assert.deepEqual([0, 3, 11].map(offset), [0, 3, 11]);
  });

  it('counts an astral character once', () => {
    const text = 'a💊b𝛼c';
    const offset = codePointOffsets(text);
    assert.deepEqual([0, 1, 3, 4, 6, 7].map(offset), [0, 1, 2, 3, 4, 5]);
  });

  it('agrees with the code points of every prefix', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'é', '💊', '𝛼', ' ', '\u0301', '漢')), (characters) => {
        const text = characters.join('');
        const offset = codePointOffsets(text);
        let unit = 0;
        characters.forEach((character, index) => {
          assert.equal(offset(unit), index);
          unit += character.length;
        });
        assert.equal(offset(text.length), characters.length);
      }),
    );
  });
});
