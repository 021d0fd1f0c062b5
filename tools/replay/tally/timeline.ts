/** Things added up by stretches of time. */
export interface Timeline<T> {
  at(timeMs: number): T;
  /** In order of time; `fromMs` is where a stretch begins, milliseconds since 1970 UTC. */
  stretches(): { readonly fromMs: number; readonly value: T }[];
  /** Length of a stretch, milliseconds. */
  widthMs(): number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Each is a multiple of the one before, so that stretches can be joined without cutting any. */
const WIDTHS_MS: readonly number[] = [
  ...[1, 2, 10, 20, 100, 200],
  ...[1, 2, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 10, 30].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 7, 14, 28, 84, 336, 3360].map((days) => days * DAY),
];

/**
 * A timeline of at most `most` stretches, as fine as they allow, over times that are not known
 * beforehand: when there are too many, neighbours are joined.
 * @param empty makes the sums of a stretch in which nothing happened yet
 * @param join adds a stretch's sums to another's
 */
export function createTimeline<T>({ most, empty, join }: { most: number; empty: () => T; join: (into: T, from: T) => void }): Timeline<T> {
  let level = 0;
  let values = new Map<number, T>();

  function widen(): void {
    level += 1;
    const joined = new Map<number, T>();
    for (const [fromMs, value] of values) {
      const key = beginning(fromMs);
      const known = joined.get(key);
      if (known === undefined) joined.set(key, value);
      else join(known, value);
    }
    values = joined;
  }

  const beginning = (timeMs: number) => Math.floor(timeMs / WIDTHS_MS[level]!) * WIDTHS_MS[level]!;
  const spread = () => {
    const keys = [...values.keys()];
    return keys.length === 0 ? 0 : (Math.max(...keys) - Math.min(...keys)) / WIDTHS_MS[level]! + 1;
  };

  return {
    at(timeMs) {
      const key = beginning(timeMs);
      let value = values.get(key);
      if (value === undefined) {
        value = empty();
        values.set(key, value);
        // Stretches in which nothing happened take room in a plot, too.
        while (spread() > most && level < WIDTHS_MS.length - 1) widen();
        value = values.get(beginning(timeMs))!;
      }
      return value;
    },
    stretches: () => [...values].sort(([one], [other]) => one - other).map(([fromMs, value]) => ({ fromMs, value })),
    widthMs: () => WIDTHS_MS[level]!,
  };
}
