import { count, tableText } from '@epee/terminal';
import type { Letter } from './letter.ts';

/** How many dead letters have a code and stage. */
export interface TallyRow {
  readonly code: string;
  readonly stage: string;
  readonly letters: number;
}

/** Dead letters by code and stage, which come from a short list. */
export type Tally = Map<string, TallyRow>;

/** Codes and stages that are counted apart; whoever writes to the topic could make up ever new ones. */
const MAX_KINDS = 1000;

/** Counts a dead letter. */
export function addTally(tally: Tally, { code, stage }: Pick<Letter, 'code' | 'stage'>): void {
  const known = tally.get(`${code}/${stage}`) !== undefined || tally.size < MAX_KINDS;
  const [own, at] = known ? [code, stage] : ['other', 'other'];
  const letters = (tally.get(`${own}/${at}`)?.letters ?? 0) + 1;
  tally.set(`${own}/${at}`, { code: own, stage: at, letters });
}

/** The counts, most frequent first. */
export const tallyRows = (tally: Tally): TallyRow[] =>
  [...tally.values()].sort((a, b) => b.letters - a.letters || (a.code < b.code ? -1 : 1));

/** The most frequent codes in a few words: `AVRO_INVALID 12, TEXT_EMPTY 3`. */
export const kindsText = (rows: readonly TallyRow[]): string =>
  rows
    .slice(0, 5)
    .map(({ code, letters }) => `${code} ${count(letters)}`)
    .join(', ');

/** The counts as a table. @param width characters of a line */
export const tallyTable = (rows: readonly TallyRow[], width: number): string =>
  tableText(
    [{ heading: 'code', least: 20 }, { heading: 'stage' }, { heading: 'dead letters', align: 'right' }],
    rows.map(({ code, stage, letters }) => [code, stage, count(letters)]),
    width,
  );
