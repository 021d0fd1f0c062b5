import type { Letter } from './letter.ts';

/** Letters by code and stage. Codes and stages come from a short list. */
export type Tally = Map<string, { readonly code: string; readonly stage: string; letters: number }>;

/** Codes and stages that are counted apart; whoever writes to the topic could make up ever new ones. */
const MAX_KINDS = 1000;

/** Counts a letter. */
export function addTally(tally: Tally, { code, stage }: Pick<Letter, 'code' | 'stage'>): void {
  const known = tally.get(`${code}/${stage}`) !== undefined || tally.size < MAX_KINDS;
  const [own, at] = known ? [code, stage] : ['other', 'other'];
  const entry = tally.get(`${own}/${at}`) ?? { code: own, stage: at, letters: 0 };
  entry.letters += 1;
  tally.set(`${own}/${at}`, entry);
}

/** The counts, most frequent first. */
export const tallyRows = (tally: Tally) =>
  [...tally.values()].sort((a, b) => b.letters - a.letters || (a.code < b.code ? -1 : 1)).map((entry) => ({ ...entry }));
