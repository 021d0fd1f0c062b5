const WORDS: ReadonlyMap<string, number> = new Map(
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'
    .split(' ')
    .map((word, index): [string, number] => [word, index + 1]),
);

/** A number as a pattern: digits, a decimal, a fraction ("1/2", "1 1/2", "½") or a word up to twenty. */
export const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+ [123]\/[2348]|[123]\/[2348](?![\d/])|\d*[½¼¾]|\d+(?:\.\d+)?|\.\d+|an?|half(?: an?)?|${[...WORDS.keys()].reverse().join('|')})`;

const FRACTIONS: Readonly<Record<string, number>> = { '½': 0.5, '¼': 0.25, '¾': 0.75 };

/** The value of words that match {@link NUMBER}. */
export function numberOf(words: string): number {
  const known = WORDS.get(words);
  if (known !== undefined) return known;
  if (/^an?$/.test(words)) return 1;
  if (words.startsWith('half')) return 0.5;
  const sign = words.at(-1)!;
  if (FRACTIONS[sign] !== undefined) return Number(words.slice(0, -1)) + FRACTIONS[sign];
  const fraction = /^(?:(\d+) )?(\d)\/(\d)$/.exec(words);
  if (fraction !== null) return Number(fraction[1] ?? 0) + Number(fraction[2]) / Number(fraction[3]);
  return Number(words.replaceAll(',', ''));
}
