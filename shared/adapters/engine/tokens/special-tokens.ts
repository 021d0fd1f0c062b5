/** A string that always becomes one special token; from `added_tokens` of tokenizer.json. */
export interface AddedToken {
  readonly content: string;
  /** Matched in the normalised (lower-case) text, so it is found in upper and lower case. */
  readonly normalized: boolean;
}

/**
 * Makes a function that rewrites a text, at the same length, so that it holds no special token.
 * "[SEP]" becomes "[sep]", which an uncased vocabulary reads as plain text. Where lower case is a
 * special token, too, a blank replaces its first character.
 */
export function specialTokenNeutraliser(tokens: readonly AddedToken[]): (text: string) => string {
  const exact = anyOf(tokens.filter(({ normalized }) => !normalized));
  const folded = anyOf(tokens.filter(({ normalized }) => normalized));
  const patterns = [...(exact === null ? [] : [new RegExp(exact, 'gu')]), ...(folded === null ? [] : [new RegExp(folded, 'giu')])];
  return (text) => patterns.reduce((rest, pattern) => blankUntilGone(rest.replace(pattern, lowerCase), pattern), text);
}

/** A replacement may uncover a shorter token. Every round removes a character, so this ends. */
function blankUntilGone(text: string, pattern: RegExp): string {
  const next = text.replace(pattern, (match) => ` ${match.slice(1)}`);
  return next === text ? text : blankUntilGone(next, pattern);
}

function lowerCase(match: string): string {
  const lower = match.toLowerCase();
  return lower.length === match.length ? lower : match;
}

function anyOf(tokens: readonly AddedToken[]): string | null {
  const contents = tokens.map(({ content }) => content).filter((content) => content.trim() !== '');
  if (contents.length === 0) return null;
  return contents
    .toSorted((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .join('|');
}
