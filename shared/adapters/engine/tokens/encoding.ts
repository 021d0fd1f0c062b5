import type { Encoding } from '@epee/model';
import { cutWords } from './word-cuts.ts';

/** An encoded text in the tokenizer library's form; offsets count code points. */
export interface NativeEncoding {
  getIds(): number[];
  getOffsets(): number[][];
  getWordIds(): (number | null | undefined)[];
}

/**
 * Turns the library's answer into an {@link Encoding}, with offsets in UTF-16 units. A word starts
 * where the library's word number changes. For tokenizers whose words are not BERT's, {@link
 * cutWords} finds the starts.
 * @param text the original text, before special tokens were neutralised (same length)
 */
export function encodingOf(text: string, native: NativeEncoding, words: 'library' | 'cut' = 'library'): Encoding {
  const encoding = asGiven(text, native);
  return words === 'library' ? encoding : cutWords(text, encoding);
}

function asGiven(text: string, native: NativeEncoding): Encoding {
  const tokenIds = Int32Array.from(native.getIds());
  const offsets = native.getOffsets();
  const words = native.getWordIds();
  const units = codePointStarts(text);
  const toUnit = units === null ? (codePoint: number) => codePoint : (codePoint: number) => units[codePoint]!;
  const starts = new Int32Array(tokenIds.length);
  const ends = new Int32Array(tokenIds.length);
  const wordStarts = new Uint8Array(tokenIds.length);
  for (const [token, offset] of offsets.entries()) {
    starts[token] = toUnit(offset[0]!);
    ends[token] = toUnit(offset[1]!);
    wordStarts[token] = token === 0 || words[token] !== words[token - 1] ? 1 : 0;
  }
  return { tokenIds, starts, ends, wordStarts };
}

const SURROGATE = /[\ud800-\udfff]/;

/**
 * The start of each code point of a text in UTF-16 units, and the length of the text as last value.
 * Null where every code point is one unit: then offsets are the same. A lone surrogate counts as
 * one code point, as in the library (U+FFFD).
 */
export function codePointStarts(text: string): Int32Array | null {
  if (!SURROGATE.test(text)) return null;
  const starts = new Int32Array(text.length + 1);
  let count = 0;
  for (let unit = 0; unit < text.length; count++) {
    starts[count] = unit;
    unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
  }
  starts[count] = text.length;
  return starts.subarray(0, count + 1);
}
