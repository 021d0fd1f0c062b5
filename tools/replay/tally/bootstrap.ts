/** An estimate with its bootstrap interval; NaN where there is nothing to estimate. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Sums over documents, with as many weighted copies of them as there are resamples. */
export interface Bootstrap {
  /**
   * Adds one document's part of each sum. `seed` names the document: the same one weighs the same
   * in every run.
   */
  add(seed: number, parts: ArrayLike<number>): void;
  /** What `of` makes of the sums, with its interval. */
  estimate(of: (sums: ArrayLike<number>) => number): Estimate;
  /** A sum as it is. */
  total(at: number): number;
}

/** Resamples; more would narrow the noise of the ends, not the interval. */
export const RESAMPLES = 1000;
const LOW = 0.025;
const HIGH = 0.975;

/**
 * A Poisson bootstrap over documents (Chamandy et al., "Estimating Uncertainty for Massive Data
 * Streams", Google 2012): in each resample a document counts as often as a draw from Poisson(1)
 * says. It needs each document once and memory for the sums alone, so that a topic of any length
 * can be read through. Intervals are the 2.5 % and 97.5 % percentiles of the resamples, widened to
 * the estimate itself where rounding or few documents leave it outside.
 * @param size sums that each document adds to
 */
export function createBootstrap(size: number, resamples: number = RESAMPLES): Bootstrap {
  const sums = new Float64Array(size);
  const weighted = new Float64Array(size * resamples);
  return {
    total: (at) => sums[at]!,
    add(seed, parts) {
      const present: number[] = [];
      for (let at = 0; at < size; at++) {
        if (parts[at] === 0) continue;
        present.push(at);
        sums[at] = sums[at]! + parts[at]!;
      }
      if (present.length === 0) return;
      const random = generator(seed);
      for (let resample = 0, base = 0; resample < resamples; resample++, base += size) {
        const weight = poisson(random());
        if (weight === 0) continue;
        for (const at of present) weighted[base + at] = weighted[base + at]! + weight * parts[at]!;
      }
    },
    estimate(of) {
      const value = of(sums);
      const values = Array.from({ length: resamples }, (_, at) => of(weighted.subarray(at * size, (at + 1) * size)))
        .filter(Number.isFinite)
        .sort((one, other) => one - other);
      if (!Number.isFinite(value) || values.length === 0) return { value, low: value, high: value };
      return {
        value,
        low: Math.min(value, values[Math.floor(LOW * (values.length - 1))]!),
        high: Math.max(value, values[Math.ceil(HIGH * (values.length - 1))]!),
      };
    },
  };
}

/** A document's seed, from its place in the topic. */
export function seedOf(partition: number, offset: bigint): number {
  const [low, high] = [Number(offset & 0xffff_ffffn), Number((offset >> 32n) & 0xffff_ffffn)];
  return mix(mix(mix(partition + 0x9e37_79b9) ^ low) ^ high);
}

/** Steele, Lea and Flood's splitmix finaliser for 32 bits: spreads neighbours apart. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Uniform numbers in [0, 1): a counter through {@link mix} (splitmix32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    return mix(state) / 0x1_0000_0000;
  };
}

const POISSON_CDF: readonly number[] = Array.from({ length: 12 }).reduce<{ cdf: number[]; term: number }>(
  ({ cdf, term }, _, k) => {
    const next = k === 0 ? Math.exp(-1) : term / k;
    return { cdf: [...cdf, (cdf.at(-1) ?? 0) + next], term: next };
  },
  { cdf: [], term: 0 },
).cdf;

/** A draw from Poisson(1) out of a uniform number. */
function poisson(uniform: number): number {
  let k = 0;
  while (k < POISSON_CDF.length && uniform >= POISSON_CDF[k]!) k++;
  return k;
}
