import { crc32 } from 'node:zlib';
import type { EventItem, ItemSpan } from '@epee/labelled-data';

/** Two entities of a sentence and how they are related; offsets in code points. */
export interface LabelledPair {
  readonly head: Ends;
  readonly tail: Ends;
  readonly label: string;
}

/** A span's offsets. */
export type Ends = Pick<ItemSpan, 'start' | 'end'>;

/** Label of a pair between which no relation holds. */
export const NO_RELATION = 'none';

const DRUG = 'Treatment.Drug';
const LABEL_BY_ROLE: ReadonlyMap<string, string> = new Map([
  ['Treatment.Dosage', 'dosage'],
  ['Treatment.Route', 'route'],
  ['Treatment.Freq', 'frequency'],
  ['Treatment.Duration', 'duration'],
  ['Treatment.Disorder', 'indication'],
]);
const EFFECT_BY_TYPE: ReadonlyMap<string, string> = new Map([
  ['Adverse_event', 'adverse_effect'],
  ['Potential_therapeutic_event', 'therapeutic_effect'],
]);

/**
 * The relations that a sentence's events hold, as services/trainer makes them
 * (`recipes/clinical_notes/texts.py`): each drug with its effect, by the type of their event, and with its
 * dosage, route, frequency, duration and disorder; `none` for such pairs that no event joins, and
 * for one pair of a drug with an argument of another kind, picked by the id.
 */
export function drugRelations({ id, events }: Pick<EventItem, 'id' | 'events'>): LabelledPair[] {
  const labels = new Map<string, string>();
  const drugs = new Map<string, Ends>();
  const tails = new Map<string, Ends>();
  const others = new Map<string, Ends>();
  for (const { type, arguments: own } of events) {
    const ownDrugs = own.filter(({ role }) => role === DRUG);
    for (const argument of own) {
      const { role } = argument;
      if (role === DRUG) drugs.set(keyOf(argument), argument);
      else if (role === 'Effect' || LABEL_BY_ROLE.has(role)) {
        tails.set(keyOf(argument), argument);
        const label = role === 'Effect' ? EFFECT_BY_TYPE.get(type) : LABEL_BY_ROLE.get(role);
        if (label !== undefined) for (const drug of ownDrugs) labels.set(pairKey(drug, argument), label);
      } else if (role.startsWith('Subject') || role === 'Treatment.Time_elapsed') others.set(keyOf(argument), argument);
    }
  }
  const related = pairs(drugs, [...tails.values()], (head, tail) => labels.get(pairKey(head, tail)) ?? NO_RELATION);
  const apart = [...others].filter(([key]) => !tails.has(key)).map(([, span]) => span);
  const unrelated = pairs(drugs, apart, () => NO_RELATION);
  if (unrelated.length === 0) return related;
  return [...related, unrelated[crc32(Buffer.from(id)) % unrelated.length]!];
}

function pairs(drugs: ReadonlyMap<string, Ends>, tails: readonly Ends[], labelOf: (head: Ends, tail: Ends) => string): LabelledPair[] {
  return [...drugs.values()].flatMap((head) =>
    tails.filter((tail) => keyOf(tail) !== keyOf(head)).map((tail) => ({ head, tail, label: labelOf(head, tail) })),
  );
}

const keyOf = ({ start, end }: Ends) => `${start}-${end}`;
const pairKey = (head: Ends, tail: Ends) => `${keyOf(head)} ${keyOf(tail)}`;
