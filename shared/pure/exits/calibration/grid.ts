import type { ExitPolicy } from '../types.ts';

/** Entropy thresholds that are tried. The authors' own grid ends at 0.1; tagging rows, whose least sure word decides, need more. */
export const THRESHOLDS: readonly number[] = Object.freeze([
  0.001, 0.005, 0.01, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9,
]);

/** Patience values of the authors' grid. */
export const PATIENCES: readonly number[] = Object.freeze([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

/** What a grid is made of. */
export interface GridAxes {
  readonly thresholds: readonly number[];
  /** Only those that can fire before the last layer are kept. */
  readonly patiences: readonly number[];
  readonly layers: number;
}

/**
 * All pairs of threshold and patience, as one chain for each patience (off first, then from the longest to the shortest), each from its safest threshold (off, then from
 * the lowest) to its boldest. Full depth, which needs no test, is left out.
 */
export function policyChains({ thresholds, patiences, layers }: GridAxes): ExitPolicy[][] {
  const rising = [...new Set(thresholds)].toSorted((a, b) => a - b);
  const falling = [...new Set(patiences)].filter((patience) => patience < layers - 1).toSorted((a, b) => b - a);
  return [
    rising.map((entropyThreshold): ExitPolicy => ({ entropyThreshold, patience: 'off' })),
    ...falling.map((patience) => (['off', ...rising] as const).map((entropyThreshold): ExitPolicy => ({ entropyThreshold, patience }))),
  ].filter((chain) => chain.length > 0);
}
