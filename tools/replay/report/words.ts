import type { PlannedVariant } from '../plan/plan.ts';
import type { Estimate } from '../tally/bootstrap.ts';
import type { VariantReport } from './report.ts';

const NOTHING = '-';

/** A share as a percentage: 61.2 %; - where there is none. */
export const percentOf = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? NOTHING : `${(100 * share).toFixed(1)} %`;

/** A share's interval: 59.1 to 63.0. */
export const percentRange = ({ low, high }: Estimate): string =>
  Number.isFinite(low) ? `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}` : NOTHING;

/** A percentage with its interval: 61.2 % (59.1 to 63.0). */
export const percentWithRange = (estimate: Estimate): string =>
  Number.isFinite(estimate.value) ? `${percentOf(estimate.value)} (${percentRange(estimate)})` : NOTHING;

/** Points of a score: 61.2 (59.1 to 63.0). */
export const pointsWithRange = ({ value, low, high }: Estimate): string =>
  Number.isFinite(value) ? `${value.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})` : NOTHING;

/** A difference in points, with its sign. */
export const signedPoints = ({ value, low, high }: Estimate): string =>
  Number.isFinite(value) ? `${signed(value)} (${signed(low)} to ${signed(high)})` : NOTHING;

/** A number with so many digits, or - where there is none. */
export const digits = (value: number | null, places = 2): string =>
  value === null || !Number.isFinite(value) ? NOTHING : value.toFixed(places);

/** How a variant is named: clinical-notes 1.0.0, fast. */
export const variantTitle = ({ model, policy }: Pick<VariantReport, 'model' | 'policy'>): string =>
  `${model.name} ${model.version}, ${policy}`;

/** How a variant of a run is named: A = clinical-notes fast. */
export const variantName = ({ id, model, policy }: PlannedVariant): string => `${id} = ${model.name} ${policy}`;

/** A length of time in the greatest unit that divides it: 30 min, 6 h, 7 days, 200 ms. */
export function widthInWords(ms: number): string {
  for (const [unit, size] of UNITS) if (ms % size === 0) return `${ms / size} ${unit}${unit === 'day' && ms > size ? 's' : ''}`;
  return `${ms} ms`;
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`;
