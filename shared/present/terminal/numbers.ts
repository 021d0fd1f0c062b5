/** A whole number with its thousands apart: 12,345. */
export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** A count with its noun: 1 note, 2 notes. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** A rate or time with few digits: 0.42, 8.31, 57.9, 1,240. */
export function short(value: number): string {
  if (value >= 1000) return count(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A time span for people: 0.42 s, 57.9 s, 3 min 05 s. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${short(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A share as a percentage: 61.2 %. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A share that somebody chose, with as many digits as it has: 5.0 %, 0.04 %, 99.9999 %. */
export function exactPercent(share: number): string {
  const digits = Number((100 * share).toPrecision(9));
  return Number(digits.toFixed(1)) === digits ? percent(share) : `${digits} %`;
}
