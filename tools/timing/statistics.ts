/** Times of one side, milliseconds: `times[piece][round]`. Every side runs the same pieces of work, and in each round all sides run. */
export type SideTimes = readonly (readonly number[])[];

/** How many times as long one side took as another. */
export interface Ratio {
  /** Of the sides' steady times, see {@link steadyMs}. */
  readonly steady: number;
  /** Lowest and highest of the rounds, each compared within itself. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * A side's time for all pieces: the sum of each piece's median over the rounds. A machine that is held up for a moment spoils one piece in one round, which its
 * median leaves out, where it would stay in a whole round's sum.
 */
export function steadyMs(times: SideTimes): number {
  return times.reduce((sum, rounds) => sum + median(rounds), 0);
}

/** Middle of the sorted values; the mean of the middle two where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Compares two sides' times for the same work. */
export function ratio(over: SideTimes, under: SideTimes): Ratio {
  const [above, below] = [roundSums(over), roundSums(under)];
  const rounds = above.map((value, round) => value / below[round]!);
  return { steady: steadyMs(over) / steadyMs(under), lowest: Math.min(...rounds), highest: Math.max(...rounds) };
}

function roundSums(times: SideTimes): number[] {
  return (times[0] ?? []).map((_, round) => times.reduce((sum, rounds) => sum + rounds[round]!, 0));
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
