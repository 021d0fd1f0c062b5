/** The range of an axis, and the position of each value. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Position of a value in pixels. */
  place(value: number): number;
}

/** Options of an axis. */
export interface ScaleOptions {
  readonly values: Iterable<number>;
  /** Fixed ends, whatever the values. */
  readonly min?: number;
  readonly max?: number;
  /** Approximate number of ticks. @default 5 */
  readonly ticks?: number;
  /** Pixels of the low and the high end. */
  readonly from: number;
  readonly to: number;
}

/**
 * Makes an axis that shows all values, with round ticks (steps of 1, 2 or 5 times a power of ten).
 * An end that is not fixed moves out to the next tick. An axis with a single value, or with none,
 * is one unit wide.
 */
export function linearScale({ values, min, max, ticks = 5, from, to }: ScaleOptions): Scale {
  const finite = [...values].filter(Number.isFinite);
  let low = min ?? finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  let high = max ?? finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(low)) low = Number.isFinite(high) ? high - 1 : 0;
  if (!Number.isFinite(high)) high = low + 1;
  // The ends are too close for ticks in double precision.
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= Math.max(1e-9 * size, 1e-300)) {
    const width = Math.max(1, 1e-6 * size);
    if (max === undefined) high = low + width;
    else low = high - width;
  }
  const step = roundStep((high - low) / ticks);
  if (min === undefined) low = Math.floor(low / step + 1e-9) * step;
  if (max === undefined) high = Math.ceil(high / step - 1e-9) * step;
  return { low, high, ticks: ticksBetween(low, high, step), place: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function ticksBetween(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiples of a step are not exact: 3 x 0.1 would be shown as 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
