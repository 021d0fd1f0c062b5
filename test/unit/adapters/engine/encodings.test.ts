import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPackage, openTokenizer } from '@epee/engine';
import type { Tokenizer } from '@epee/model';
import { codePointStarts } from '../../../../shared/adapters/engine/tokens/encoding.ts';

interface Expected {
  readonly text: string;
  readonly tokenIds: readonly number[];
  /** Code points. */
  readonly offsets: readonly (readonly [number, number])[];
  readonly wordStarts: readonly number[];
}

const FIXTURES = new URL('../../../fixtures/', import.meta.url);
/**
 * The trainer's encodings of the same texts, made in services/trainer by
 * `python -m tests.support.encodings ../../test/fixtures`.
 */
const expected = JSON.parse(readFileSync(new URL('encodings.json', FIXTURES), 'utf8')) as Record<string, Expected[]>;

describe('tokenizers of the families', () => {
  for (const [name, texts] of Object.entries(expected)) {
    describe(name, () => {
      let tokenizer: Tokenizer;
      before(async () => {
        tokenizer = await openTokenizer(await loadPackage(fileURLToPath(new URL(name, FIXTURES))));
      });

      for (const { text, tokenIds, offsets, wordStarts } of texts) {
        it(`cuts ${JSON.stringify(text)} as the trainer does`, async () => {
          const [encoding] = await tokenizer.encode([text]);
          const units = codePointStarts(text);
          const toUnit = (codePoint: number) => units?.[codePoint] ?? codePoint;
          assert.deepEqual([...encoding!.tokenIds], tokenIds);
          assert.deepEqual(
            [...encoding!.starts].map((start, token) => [start, encoding!.ends[token]]),
            offsets.map(([start, end]) => [toUnit(start), toUnit(end)]),
          );
          assert.deepEqual(
            [...encoding!.wordStarts].flatMap((begins, token) => (begins === 1 ? [token] : [])),
            wordStarts,
          );
        });
      }
    });
  }
});
