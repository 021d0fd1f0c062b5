import type { FactSpan } from '../../../../../shared/pure/text/facts/types.ts';

const LABELS: Readonly<Record<string, string>> = {
  p: 'problem',
  m: 'medication',
  t: 'test',
  o: 'procedure',
  v: 'value',
  a: 'anatomy',
  d: 'dose',
  r: 'route',
  f: 'frequency',
  n: 'duration',
  w: 'time',
  s: 'severity',
};

/** Reads a text with marks `{p|rash}`; the letter is that of a label. */
export function readMarked(marked: string): { text: string; spans: FactSpan[] } {
  const spans: FactSpan[] = [];
  let text = '';
  let at = 0;
  for (const match of marked.matchAll(/\{(\w)\|([^}]*)\}/g)) {
    text += marked.slice(at, match.index);
    spans.push({ label: LABELS[match[1]!]!, start: text.length, end: text.length + match[2]!.length });
    text += match[2]!;
    at = match.index + match[0].length;
  }
  return { text: text + marked.slice(at), spans };
}
