import type { ExitPolicy } from './types.ts';

/** A policy that was read, or what is wrong with it in words that name the field, the limit and the value. */
export type PolicyReading =
  | { readonly policy: ExitPolicy; readonly problem?: undefined }
  | { readonly policy?: undefined; readonly problem: string };

/**
 * Reads an exit policy: `entropyThreshold` is a number in [0, 1] or 'off', `patience` a whole number from 1 or 'off'. Other fields (certificates) are left aside.
 * The caller turns a problem into the error of its own stage.
 */
export function parsePolicy(value: unknown): PolicyReading {
  if (typeof value !== 'object' || value === null)
    return { problem: `an exit policy is an object {entropyThreshold, patience}, not ${show(value)}` };
  const { entropyThreshold, patience } = value as Record<string, unknown>;
  if (!isThreshold(entropyThreshold))
    return { problem: `entropyThreshold must be a number from 0 to 1 or 'off', not ${show(entropyThreshold)}` };
  if (!isPatience(patience)) return { problem: `patience must be a whole number from 1 or 'off', not ${show(patience)}` };
  return { policy: Object.freeze({ entropyThreshold, patience }) };
}

/** A policy in a few characters: `0.3, 2`. */
export const pairOf = ({ entropyThreshold, patience }: ExitPolicy): string => `${entropyThreshold}, ${patience}`;

function isThreshold(value: unknown): value is ExitPolicy['entropyThreshold'] {
  return value === 'off' || (typeof value === 'number' && value >= 0 && value <= 1);
}

function isPatience(value: unknown): value is ExitPolicy['patience'] {
  return value === 'off' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : typeof value === 'object' && value !== null ? 'an object' : String(value);
}
