import { type Bootstrap, createBootstrap, type Estimate } from './bootstrap.ts';

/** Named sums over documents, with bootstrap intervals of what is made of them. */
export interface Sums {
  /** Adds to the current document, which counts once {@link Sums.commit} is called. */
  add(name: string, value: number): void;
  commit(seed: number): void;
  estimate(of: (sum: (name: string) => number) => number): Estimate;
  total(name: string): number;
}

/** @param names every name that will be used */
export function createSums(names: readonly string[], resamples?: number): Sums {
  const places = new Map(names.map((name, at) => [name, at]));
  const parts = new Float64Array(names.length);
  const bootstrap: Bootstrap = createBootstrap(names.length, resamples);
  const placeOf = (name: string) => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`no sum of the name ${name}`);
    return place;
  };
  return {
    add(name, value) {
      const place = placeOf(name);
      parts[place] = parts[place]! + value;
    },
    commit(seed) {
      bootstrap.add(seed, parts);
      parts.fill(0);
    },
    estimate: (of) => bootstrap.estimate((sums) => of((name) => sums[placeOf(name)]!)),
    total: (name) => bootstrap.total(placeOf(name)),
  };
}
