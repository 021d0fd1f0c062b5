import { isWhole } from '../read/wanted-texts.ts';
import type { ViewReport } from './report.ts';

/** A column of numbers. */
export const right = (heading: string) => ({ heading, align: 'right' }) as const;

/** A difference with its sign. */
export const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;

/** Names of what any of the views scores as a whole. */
export const wholesOf = (views: readonly Pick<ViewReport, 'scores'>[]): string[] => [
  ...new Set(views.flatMap(({ scores }) => Object.keys(scores)).filter(isWhole)),
];
