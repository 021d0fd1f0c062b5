/** A text that the tokenizer replaces by one token of its own wherever it stands, from tokenizer.json's `added_tokens`. */
export interface AddedToken {
  readonly content: string;
  /** Looked for in the normalised (lower-case) text, hence found in any case. */
  readonly normalized: boolean;
}

/**
 * A function that rewrites a text, at the same length, so that no special token is found in it: "[SEP]" becomes "[sep]", which an uncased vocabulary reads as plain
 * text. A token that is found in lower case too loses its first character to a blank.
 */
export function specialTokenNeutraliser(tokens: readonly AddedToken[]): (text: string) => string {
  const exact = anyOf(tokens.filter(({ normalized }) => !normalized));
  const folded = anyOf(tokens.filter(({ normalized }) => normalized));
  const patterns = [...(exact === null ? [] : [new RegExp(exact, 'gu')]), ...(folded === null ? [] : [new RegExp(folded, 'giu')])];
  return (text) => patterns.reduce((rest, pattern) => blankUntilGone(rest.replace(pattern, lowerCase), pattern), text);
}

/** A replacement may uncover a shorter token; every round takes a character, so this ends. */
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
