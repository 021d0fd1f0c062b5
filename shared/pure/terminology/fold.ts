/** Longest text that is looked up and longest term that is kept, UTF-16 code units. */
export const MAX_TERM_LENGTH = 160;

const GREEK: Readonly<Record<string, string>> = { α: 'alpha', β: 'beta', γ: 'gamma', δ: 'delta', κ: 'kappa', ω: 'omega', µ: 'u', μ: 'u' };
const ARTICLES = new Set(['a', 'an', 'the']);
/** Words between two nouns that may be turned round: `pain in the knee`, `knee pain`. */
const JOINING = new Set(['of', 'in']);
/** Words after which the order says who did what to whom. */
const ORDERED = new Set(['after', 'and', 'at', 'because', 'by', 'due', 'during', 'for', 'from', 'on', 'or', 'to', 'with', 'without']);
const PREFIXED = /(?<![\p{L}\p{N}])(anti|co|extra|hyper|hypo|intra|micro|multi|non|post|pre|re|sub)-(?=\p{L})/gu;

/**
 * A term as it is compared: without case, accents, marks at its ends and repeated white space.
 * Idempotent; linear in the text's length.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[\p{Cc}=]+/gu, ' ')
    .replace(/[αβγδκωµμ]/gu, (letter) => GREEK[letter]!)
    .replace(/[‘’ʼ]/gu, "'")
    .replace(/[‐‑‒–—−]/gu, '-')
    .replace(/\s+/gu, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[^\p{L}\p{N}%+)\]]+$/u, '');
}

/**
 * The key that spellings of one term share: words without articles and plural, British as American
 * spelling, hyphens as spaces, and in the order of the alphabet where no preposition gives the order
 * a meaning. Two terms with one key are not always the same: a table keeps the folded terms too.
 *
 * @param folded an answer of {@link fold}
 */
export function termKey(folded: string): string {
  const words = folded
    .replace(/'s?(?![\p{L}\p{N}])/gu, '')
    .replace(PREFIXED, '$1')
    .replace(/(?<![\p{L}\p{N}])([a-z])[- ](\d)/gu, '$1$2')
    .split(/(?:(?<!\d)\.|\.(?!\d)|[^\p{L}\p{N}%+.])+/u)
    .filter((word) => word !== '' && !ARTICLES.has(word));
  if (words.some((word) => ORDERED.has(word))) return words.map(stem).join(' ');
  const nouns = words.filter((word) => !JOINING.has(word));
  return nouns.map(stem).sort().join(' ');
}

/** A word without its plural, in American spelling. */
function stem(word: string): string {
  const american = word.length < 4 ? word : word.replace(/[ao]e/gu, 'e').replace(/our$/u, 'or').replace(/sulph/gu, 'sulf');
  if (american.length < 4 || /[su]s$|is$|\d/u.test(american)) return american;
  if (/ies$/u.test(american)) return `${american.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/u.test(american)) return american.slice(0, -2);
  return american.endsWith('s') ? american.slice(0, -1) : american;
}
