/** Times of sides that took turns: `times[side][round]`, milliseconds; each side did the same work in each round. */
export type RoundTimes<Side extends string> = Readonly<Record<Side, readonly number[]>>;

/** How many times as long one side took as another: the median over the rounds, each of which compares the two within itself, and the extremes. */
export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Middle of the sorted values; the mean of the middle two where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Compares two sides round by round, so that a machine that is slow for a while slows both. */
export function ratio(over: readonly number[], under: readonly number[]): Ratio {
  const ratios = over.map((value, round) => value / under[round]!);
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

/** The sides in the order of one turn: each turn begins with another, so that none is always first after a pause. */
export function turnOf<Side>(sides: readonly Side[], turn: number): Side[] {
  const start = turn % sides.length;
  return [...sides.slice(start), ...sides.slice(0, start)];
}

/** So many values evenly spread over a list, in its order; all where it has no more. */
export function spread<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]!);
}

/** Cuts a list into pieces of one size; a shorter rest is left out. */
export function pieces<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.floor(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
}
