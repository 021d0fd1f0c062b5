import type { FoundItem } from './items.ts';

/** How what A found in a document differs from what B found, in one task. */
export interface Difference {
  /** Found by A, by B, and by both alike (place and label). */
  readonly a: number;
  readonly b: number;
  readonly both: number;
  /** Found by both at the same place under different labels. */
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  /** Labels of what A alone found, and of what B alone found. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  /** Labels of what both found alike. */
  readonly kept: readonly string[];
}

/**
 * Compares two lists of items of one document and task. The same item twice in one list counts
 * once. Items that differ are paired by their place first; what is left over was lost or gained.
 * Comparing B with A gives the same with both sides exchanged.
 */
export function differenceOf(a: readonly FoundItem[], b: readonly FoundItem[]): Difference {
  const [inA, inB] = [byKey(a), byKey(b)];
  const kept = [...inA].filter(([key]) => inB.has(key)).map(([, { label }]) => label);
  const onlyA = byPlace([...inA].filter(([key]) => !inB.has(key)));
  const onlyB = byPlace([...inB].filter(([key]) => !inA.has(key)));
  const changed: { from: string; to: string }[] = [];
  const lost: string[] = [];
  for (const [place, labels] of onlyA) {
    const others = onlyB.get(place) ?? [];
    // Both in alphabetical order, so that the pairing does not depend on which side is called A.
    labels.forEach((from, at) => {
      const to = others[at];
      if (to === undefined) lost.push(from);
      else changed.push({ from, to });
    });
  }
  const gained = [...onlyB].flatMap(([place, labels]) => labels.slice(onlyA.get(place)?.length ?? 0));
  return { a: inA.size, b: inB.size, both: kept.length, changed, lost, gained, kept };
}

const byKey = (items: readonly FoundItem[]) => new Map(items.map((item) => [`${item.place} ${item.label}`, item]));

function byPlace(entries: readonly (readonly [key: string, item: FoundItem])[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const [, { place, label }] of entries) places.set(place, [...(places.get(place) ?? []), label]);
  for (const labels of places.values()) labels.sort();
  return places;
}
