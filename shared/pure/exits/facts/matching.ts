/**
 * The most pairs of a found and a wanted thing that fit, each in one pair at most (Kuhn's maximum
 * bipartite matching): the number does not depend on their order.
 */
export function matches<Found, Wanted>(
  found: readonly Found[],
  wanted: readonly Wanted[],
  fits: (one: Found, other: Wanted) => boolean,
): number {
  const edges = found.map((one) => wanted.flatMap((other, at) => (fits(one, other) ? [at] : [])));
  const takenBy = new Map<number, number>();
  const place = (at: number, seen: Set<number>): boolean =>
    edges[at]!.some((target) => {
      if (seen.has(target)) return false;
      seen.add(target);
      const holder = takenBy.get(target);
      if (holder !== undefined && !place(holder, seen)) return false;
      takenBy.set(target, at);
      return true;
    });
  return edges.filter((_, at) => place(at, new Set())).length;
}
