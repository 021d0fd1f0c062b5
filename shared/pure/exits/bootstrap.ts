import { type Counts, NO_COUNTS, scoreOf } from './scoring.ts';

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Intervals of one series' F1, and of its difference to the reference series. */
export interface ScoreIntervals {
  readonly f1: Interval;
  /** Null without a reference. */
  readonly difference: Interval | null;
}

/** How documents are drawn. */
export interface BootstrapOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Series that the others are compared with, drawn with the same documents; null: none. */
  readonly reference: number | null;
  /** @default 1000 */
  readonly draws?: number;
}

/**
 * Percentile intervals of micro F1 by resampling documents (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13): each draw takes as many documents as
 * there are, with repetition, and adds up their counts. All series are of the same documents.
 * @param series by series, counts by document
 */
export function bootstrapIntervals(
  series: readonly ReadonlyMap<string, Counts>[],
  { random, reference, draws = 1000 }: BootstrapOptions,
): ScoreIntervals[] {
  const documents = [...new Set(series.flatMap((own) => [...own.keys()]))];
  const counts = series.map((own) => documents.map((document) => own.get(document) ?? NO_COUNTS));
  const drawn = series.map((): number[] => []);
  const places = new Uint32Array(documents.length);
  for (let draw = 0; draw < draws; draw++) {
    for (let place = 0; place < places.length; place++) places[place] = Math.floor(random() * documents.length);
    for (const [at, own] of counts.entries()) drawn[at]!.push(drawnF1(own, places));
  }
  return drawn.map((values) => ({
    f1: interval(values),
    difference: reference === null ? null : interval(values.map((value, draw) => value - drawn[reference]![draw]!)),
  }));
}

function drawnF1(counts: readonly Counts[], places: Uint32Array): number {
  let [found, gold, right] = [0, 0, 0];
  for (const place of places) {
    const own = counts[place]!;
    found += own.found;
    gold += own.gold;
    right += own.right;
  }
  return scoreOf({ found, gold, right }).f1;
}

function interval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}
