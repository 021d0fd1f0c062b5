import type { MedicationAction } from '@epee/records';
import type { MarkedSentence } from './marked-sentence.ts';
import type { ContextAxis } from './types.ts';

const SWITCH =
  /^(?:switch(?:ed|ing)?|change(?:d)?|changing|convert(?:ed|ing)?|replace(?:d)?|replacing|exchange(?:d)?|exchanging|swap(?:ped)?|transition(?:ed|ing)?|rotate(?:d)?|substitute(?:d)?|crossover)$/;
const TO = /^(?:to|with|for|by|→|onto|over)$/;
const REPLACES = /^(?:replaces|place|instead)$/;
/** Words between the switch and its medications at most. */
const REACH = 12;

/** "Switch from A to B", "A changed to B", "replace A with B": A is stopped, B is what it is switched to. */
export function switches({ tokens, mentions, mentionAt }: MarkedSentence): Map<number, ContextAxis<MedicationAction>> {
  const found = new Map<number, ContextAxis<MedicationAction>>();
  tokens.forEach((token, at) => {
    if (mentionAt[at]! < 0 && REPLACES.test(token.word)) replaced(at, { tokens, mentions, mentionAt }, found);
    if (!SWITCH.test(token.word) || mentionAt[at]! >= 0) return;
    const set = (mention: number, value: MedicationAction) =>
      found.set(mention, { value, source: 'cue', cue: { start: token.start, end: token.end }, strength: 0.9 });
    let to = -1;
    let old = -1;
    for (let next = at + 1; next < Math.min(tokens.length, at + REACH); next += 1) {
      const mention = mentionAt[next]!;
      if (/^[.;]$/.test(tokens[next]!.word)) break;
      if (mention < 0) {
        if (TO.test(tokens[next]!.word)) to = next;
        continue;
      }
      if (mentions[mention]!.span.label !== 'medication') break;
      if (to >= 0) {
        set(mention, 'switch');
        if (old < 0) old = mentionBefore(at, tokens, mentionAt);
        if (old >= 0 && mentions[old]!.span.label === 'medication') set(old, 'stop');
        return;
      }
      old = mention;
    }
  });
  return found;
}

/** "B (replaces A)", "B in place of A". */
function replaced(
  at: number,
  { tokens, mentions, mentionAt }: Pick<MarkedSentence, 'tokens' | 'mentions' | 'mentionAt'>,
  found: Map<number, ContextAxis<MedicationAction>>,
): void {
  const { word, start, end } = tokens[at]!;
  if (word !== 'replaces' && tokens[at + 1]?.word !== 'of') return;
  const old = mentionAt.slice(at, at + 5).find((mention) => mention >= 0) ?? -1;
  const next = mentionBefore(at, tokens, mentionAt);
  if (old < 0 || next < 0 || mentions[old]!.span.label !== 'medication' || mentions[next]!.span.label !== 'medication') return;
  const axis = { source: 'cue', cue: { start, end }, strength: 0.85 } as const;
  found.set(old, { value: 'stop', ...axis });
  found.set(next, { value: 'switch', ...axis });
}

function mentionBefore(at: number, tokens: MarkedSentence['tokens'], mentionAt: readonly number[]): number {
  for (let before = at - 1; before >= Math.max(0, at - REACH); before -= 1) {
    if (mentionAt[before]! >= 0) return mentionAt[before]!;
    if (/^[.;]$/.test(tokens[before]!.word)) return -1;
  }
  return -1;
}
