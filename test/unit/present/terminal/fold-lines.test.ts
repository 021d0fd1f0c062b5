import assert from 'node:assert/strict';
import { foldLines } from '@epee/terminal';

describe('foldLines', () => {
  it('breaks wide lines at blanks and keeps their indent', () => {
    assert.equal(foldLines('short\n  one two three', 9), 'short\n  one two\n  three');
  });

  it('leaves a word whole that is wider than the line', () => {
    assert.equal(foldLines('a abcdefghij b', 5), 'a\nabcdefghij\nb');
  });

  it('counts characters, and no colours', () => {
    assert.equal(foldLines('💊💊 \u001b[31mred\u001b[0m', 6), '💊💊 \u001b[31mred\u001b[0m');
  });
});
