import type { Range } from '../cut/lines.ts';

/** A word, a number or one sign, in lower case, with its place in the text. */
export interface Token extends Range {
  readonly word: string;
}

const TOKEN = /[\p{L}\p{N}]+(?:['’]\p{L}+)*|[^\s\p{L}\p{N}]/gu;

/** The tokens of a part of a text, in order. */
export function tokensOf(text: string, { start, end }: Range): Token[] {
  return Array.from(text.slice(start, end).matchAll(TOKEN), ({ index, 0: match }) => ({
    start: start + index,
    end: start + index + match.length,
    word: match.toLowerCase().replaceAll('’', "'"),
  }));
}

/** A phrase that was found: its first token, the one after its last, and what it stands for. */
export interface PhraseHit<Meaning> {
  readonly first: number;
  readonly after: number;
  readonly meaning: Meaning;
}

/** Phrases of a table by their tokens. */
export interface Phrases<Meaning> {
  readonly byKey: ReadonlyMap<string, Meaning>;
  /** First words of phrases, with the longest phrase that each begins, tokens. */
  readonly longest: ReadonlyMap<string, number>;
}

/**
 * A table of phrases. `(a|b)` in one stands for either, `(a|)` for `a` or nothing; between two phrases there is a comma and a
 * space, so that `,` alone is a token.
 *
 * @param merge called where two entries hold the same phrase
 */
export function phrases<Meaning>(
  entries: Iterable<readonly [string, Meaning]>,
  merge: (a: Meaning, b: Meaning) => Meaning,
): Phrases<Meaning> {
  const byKey = new Map<string, Meaning>();
  const longest = new Map<string, number>();
  for (const [list, meaning] of entries) {
    for (const phrase of list.split(/, (?=\S)/).flatMap(expand)) {
      const words = tokensOf(phrase, { start: 0, end: phrase.length }).map(({ word }) => word);
      const key = words.join(' ');
      const known = byKey.get(key);
      byKey.set(key, known === undefined ? meaning : merge(known, meaning));
      longest.set(words[0]!, Math.max(words.length, longest.get(words[0]!) ?? 0));
    }
  }
  return { byKey, longest };
}

/** Every phrase of the table that stands in the tokens: from left to right the longest, none overlapping another. */
export function findPhrases<Meaning>(tokens: readonly Token[], { byKey, longest }: Phrases<Meaning>): PhraseHit<Meaning>[] {
  const hits: PhraseHit<Meaning>[] = [];
  for (let first = 0; first < tokens.length; first += 1) {
    let length = Math.min(longest.get(tokens[first]!.word) ?? 0, tokens.length - first);
    for (; length > 0; length -= 1) {
      const key = tokens
        .slice(first, first + length)
        .map(({ word }) => word)
        .join(' ');
      const meaning = byKey.get(key);
      if (meaning === undefined) continue;
      hits.push({ first, after: first + length, meaning });
      first += length - 1;
      break;
    }
  }
  return hits;
}

function expand(phrase: string): string[] {
  const group = /\(([^()]*\|[^()]*)\)/.exec(phrase);
  if (group === null) return [phrase.replace(/\s+/g, ' ').trim()];
  const [whole, inner] = [group[0], group[1]!];
  return inner.split('|').flatMap((choice) => expand(phrase.slice(0, group.index) + choice + phrase.slice(group.index + whole.length)));
}
