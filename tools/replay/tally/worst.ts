/** Keeps the greatest of many things. */
export interface Greatest<T> {
  offer(item: T): void;
  /** Greatest first. */
  all(): readonly T[];
}

/**
 * @param most how many are kept
 * @param compare negative where the first comes before the second; never 0 for different things, so
 *   that their order of arrival plays no part
 */
export function createGreatest<T>(most: number, compare: (one: T, other: T) => number): Greatest<T> {
  const kept: T[] = [];
  return {
    offer(item) {
      if (kept.length === most && compare(item, kept.at(-1)!) >= 0) return;
      const before = kept.findIndex((other) => compare(item, other) < 0);
      kept.splice(before < 0 ? kept.length : before, 0, item);
      if (kept.length > most) kept.pop();
    },
    all: () => kept,
  };
}
