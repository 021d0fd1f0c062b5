import { EpeeError, type ErrorCode } from '@epee/errors';
import { MAX_NAME_CHARACTERS, MAX_VERSION } from './note-rules.ts';

const PRINTABLE_KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,40}$/;

/**
 * Refuses unknown fields, so that a misspelt one is not lost silently.
 * @param what name of the record, for the message
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function refuseUnknown(fields: Record<string, unknown>, known: readonly string[], what: string, base = '$'): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const path = PRINTABLE_KEY.test(unknown) ? `${base}.${unknown}` : base;
  throw fieldInvalid(
    path,
    `${path === base ? 'has a field that' : ''} is not a field of ${what}; its fields are ${known.join(', ')}`.trim(),
  );
}

/** A required string. @throws EpeeError REQUEST_FIELD_INVALID */
export function requiredText(fields: Record<string, unknown>, field: string, base = '$'): string {
  const value = fields[field];
  if (typeof value === 'string') return value;
  throw fieldInvalid(
    `${base}.${field}`,
    value === undefined ? 'is missing; it must be a string' : `must be a string, but is ${typeName(value)}`,
  );
}

/** An optional string, or `null`. @throws EpeeError REQUEST_FIELD_INVALID */
export function optionalText(fields: Record<string, unknown>, field: string): string | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw fieldInvalid(`$.${field}`, `must be a string of 1 to ${MAX_NAME_CHARACTERS} characters or null, but is ${typeName(value)}`);
}

/**
 * A version: a number, or a string of digits; 1 where it is missing.
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function version(value: unknown): bigint {
  if (value === undefined) return 1n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,19}$/.test(value)) return BigInt(value);
  const wanted = `must be a whole number from 0 to ${MAX_VERSION} (beyond ${Number.MAX_SAFE_INTEGER} as a string of digits)`;
  throw fieldInvalid('$.version', `${wanted}, but is ${typeof value === 'number' ? `the number ${value}` : typeName(value)}`);
}

/** The type of a JSON value, in words. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return { string: 'a string', number: 'a number', boolean: 'a boolean', object: 'an object' }[typeof value as string] ?? 'missing';
}

/** REQUEST_FIELD_INVALID at a JSON path. */
export const fieldInvalid = (path: string, problem: string) => invalid('REQUEST_FIELD_INVALID', path, problem);

/** An error of a field; `details.path` names the field. */
export const invalid = (code: ErrorCode, path: string, problem: string) =>
  new EpeeError(code, `${path} ${problem}`, { stage: 'validate', details: { path } });
