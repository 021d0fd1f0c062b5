/** What a line of a section is, by its form. */
export type LineKind =
  /** Begins an item of a list. */
  | 'item'
  /** A row of a table: cells between bars, tabs or wide gaps. */
  | 'row'
  /** Without a letter or digit: a rule between parts. */
  | 'rule'
  | 'text';

const MARKER =
  /^(?:[-*+•●▪◦‣·–—o>]\s+|[-*](?=\p{L})|[•●▪◦‣]|\[[ xX]?\]\s*|\(?(?:\d{1,2}|[ivx]{1,4})[.)]\s+|\(?\p{L}\)\s+|[a-z]\.\s+(?=\p{Lu})|#\s*\d{1,2}[.):]?\s+|#\s*(?=\p{L}))+/u;
const ROW = /\t|\s\|\s|^\||\S\s{3,}\S/;

/** Length of the list marker at a line's start with the white space after it, 0 where it has none. */
export function markerLength(line: string): number {
  const length = MARKER.exec(line.slice(0, 40))?.[0].length ?? 0;
  return length < line.length ? length : 0;
}

/** Says what a trimmed line is. */
export function lineKind(line: string): LineKind {
  if (!/[\p{L}\p{N}]/u.test(line)) return 'rule';
  if (markerLength(line) > 0) return 'item';
  return ROW.test(line) ? 'row' : 'text';
}
