import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import fc from 'fast-check';
import { findJsonError } from '../../../../services/ingest/http/json-error.ts';
import { parseJson } from '../../../../services/ingest/http/json-text.ts';

describe('findJsonError', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['   ', 3],
    ['{', 1],
    ['{"a"', 4],
    ['{"a":', 5],
    ['{"a":1', 6],
    ['{"a":1,', 7],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['{"a":01}', 6],
    ['{"a":1.}', 7],
    ['{"a":+1}', 5],
    ['{"a":nul}', 5],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['[1}', 2],
    ['{"a":1]', 6],
    [']', 0],
    ['{} x', 3],
    ['1 2', 2],
    ['"abc', 4],
    ['"a\nb"', 2],
    ['"a\\xb"', 2],
    ['"a\\u12g4"', 2],
    ['{"text":"a\tb"}', 10],
    ['\ufeff{}', 0],
    ['{"a":1,,"b":2}', 7],
    [',', 0],
  ];
  for (const [text, position] of cases) {
    it(`finds ${position} in ${JSON.stringify(text)}`, () => {
      assert.throws(() => JSON.parse(text), SyntaxError);
      assert.equal(findJsonError(text), position);
    });
  }

  it('finds nothing before the end of valid JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => assert.equal(findJsonError(text), text.length)));
  });

  it('finds the end of JSON that was cut short, and a sign that was put into it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('#', '\u0001', '}', ']', ',', ':'), (text, seed, sign) => {
        const at = seed % (text.length + 1);
        for (const [broken, latest] of [
          [text.slice(0, at), at],
          [text.slice(0, at) + sign + text.slice(at), text.length + 1],
        ] as const) {
          try {
            JSON.parse(broken);
          } catch {
            const found = findJsonError(broken)!;
            assert.ok(found <= latest && (found < broken.length || found === broken.length), `${found} in ${broken}`);
            // The text before the place can still become JSON, or the place is not the first wrong
            // one.
            assert.equal(findJsonError(broken.slice(0, found)), found);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('copes with a megabyte of text and of escapes in one string', () => {
    assert.equal(findJsonError(`"${'x'.repeat(1_000_000)}\n`), 1_000_001);
    assert.equal(findJsonError(`"${'\\n'.repeat(500_000)}\\x"`), 1_000_001);
  });

  it('names no place in what is nested deeper than the parser can follow', () => {
    assert.equal(findJsonError('['.repeat(1000)), 1000);
    assert.equal(findJsonError('['.repeat(1_000_000)), null);
  });
});

describe('parseJson', () => {
  const errorOf = (bytes: Buffer): EpeeError => {
    try {
      parseJson(bytes);
    } catch (error) {
      assert.ok(error instanceof EpeeError);
      return error;
    }
    assert.fail('nothing was thrown');
  };

  it('names the place of an error, never the text there: REQUEST_JSON_INVALID', () => {
    const error = errorOf(Buffer.from('{\n  "text": "Planted", \n  planted: 1}'));
    assert.equal(error.code, 'REQUEST_JSON_INVALID');
    assert.equal(error.message, 'The JSON is not valid: unexpected character at line 3, column 3 (position 26)');
    assert.equal(error.cause, undefined);
    assert.match(errorOf(Buffer.from('{"text":"Planted')).message, /it ends too early \(position 16\)/);
    assert.match(errorOf(Buffer.from('['.repeat(1_000_000))).message, /: it is nested too deeply$/);
  });

  it('refuses bytes that are not UTF-8: TEXT_INVALID_UTF8', () => {
    assert.equal(errorOf(Buffer.from([0x22, 0xc3, 0x28, 0x22])).code, 'TEXT_INVALID_UTF8');
  });
});
