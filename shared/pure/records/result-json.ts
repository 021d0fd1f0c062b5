import type { ExtractionResult } from './types.ts';

/** {@link ExtractionResult} as plain JSON values. */
export type ResultJson = Omit<ExtractionResult, 'version'> & { readonly version: number | string };

/**
 * A result for `JSON.stringify`: the same fields, with `version` as a number up to 2^53 - 1. Beyond
 * that it is a string of digits, because most readers of JSON would lose digits of a number. Notes
 * as JSON follow the same rule.
 */
export function resultToJson(result: ExtractionResult): ResultJson {
  const exact = result.version <= BigInt(Number.MAX_SAFE_INTEGER) && result.version >= BigInt(Number.MIN_SAFE_INTEGER);
  return { ...result, version: exact ? Number(result.version) : result.version.toString() };
}
