import type { MedicationAction } from '@epee/records';
import type { Range } from '../cut/lines.ts';

const CHANGE =
  /(\d+(?:[.,]\d+)?)\s*(?:mg|mcg|g|units?|ml|tabs?|puffs?|%)?\s*(?:to|->|→|–>)\s*(\d+(?:[.,]\d+)?)\s*(?:mg|mcg|g|units?|ml|tabs?|puffs?|%)/iu;
const WAS = /(\d+(?:[.,]\d+)?)\s*(?:mg|mcg|g|units?|ml|tabs?|puffs?|%)?[^()\d]{0,20}[,(]\s?was (\d+(?:[.,]\d+)?)/iu;
/** Before two doses that are a range of one. */
const RANGE = /\b(?:to|-)\s*$/;

/**
 * An increase or decrease that two doses behind a medication show: "from 20 mg to 40 mg", "500 mg (was 1000 mg)".
 *
 * @param words the text behind the medication, to the next mention
 * @param start where they begin
 */
export function doseChange(words: string, start: number): { value: MedicationAction; cue: Range } | null {
  const was = WAS.exec(words);
  const change = was ?? CHANGE.exec(words);
  if (change === null) return null;
  const from = /\bfrom\s*$/i.test(words.slice(0, change.index)) || was !== null || /->|→/.test(change[0]);
  if (!from && !/^\s*$/.test(words.slice(0, change.index))) return null;
  if (!from && (RANGE.test(words.slice(0, change.index)) || !/mg|mcg|units?/i.test(change[0].split(/to|->|→/)[0]!))) return null;
  const [one, two] = [Number(change[1]!.replace(',', '.')), Number(change[2]!.replace(',', '.'))];
  const [before, after] = was === null ? [one, two] : [two, one];
  if (before === after) return null;
  return {
    value: after > before ? 'increase' : 'decrease',
    cue: { start: start + change.index, end: start + change.index + change[0].length },
  };
}
