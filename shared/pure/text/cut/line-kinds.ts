/** What a line of a section is, by its form. */
export type LineKind =
  /** Begins an item of a list. */
  | 'item'
  /** A row of a table: cells between bars, tabs or wide gaps. */
  | 'row'
  /** Without a letter or digit: a rule between parts. */
  | 'rule'
  | 'text';

/** What begins an item. In British notes a sign before a bone is a fracture: "#NOF repaired". */
const MARKER =
  /^(?:[-*•●▪◦‣·–—o]\s+|>\s+(?!\p{N})|[-*](?!ve\b)(?=\p{L}|\d+-\p{L})|[•●▪◦‣]|\[[ xX]?\]\s*|\(?(?:\d{1,2}|[ivx]{1,4})[.)]\s+|\d{1,2}[.)](?=\p{Lu}\p{Ll})|\(?\p{L}\)\s+|[a-z]\.\s+(?=\p{Lu})|#\s*\d{1,2}[.):]?\s+|#\s*(?!(?:NOF|NOH|tib|fib|rib|femur|wrist|hip|clavicle|radius|ulna|humerus|pelvis|patella|ankle)s?\b)(?=\p{L}))+/u;
const ROW = /\t|\s\|\s|^\||\S\s{3,}\S/;

/** Length of the list marker at a line's start with the white space after it, 0 where it has none. */
export function markerLength(line: string): number {
  const length = MARKER.exec(line.slice(0, 40))?.[0].length ?? 0;
  return length < line.length ? length : 0;
}

/** Length of the sign before a number, which is a list marker only among other items: "-2.5 mg bisoprolol" below "-aspirin"; 0 where there is none. */
export const signLength = (line: string): number => (/^[-*](?=\d)/.test(line) ? 1 : 0);

/** Says what a trimmed line is. */
export function lineKind(line: string): LineKind {
  if (!/[\p{L}\p{N}]/u.test(line)) return 'rule';
  if (markerLength(line) > 0) return 'item';
  return ROW.test(line) ? 'row' : 'text';
}
