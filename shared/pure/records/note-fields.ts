import { isoTimeMs } from './iso-time.ts';
import { fieldInvalid, refuseUnknown, requiredText, typeName } from './json-fields.ts';
import { DOCUMENT_STATUSES, MAX_SOURCE_IDS } from './note-rules.ts';
import type { DocumentStatus, Retraction, SourceId } from './types.ts';

const STATUS = '$.documentStatus';
const TIME = '$.noteTime';
/** Shorter digits may be seconds or the time of an HL7 message; so are 14. */
const DIGITS_OF_MS = /^\d{13}$/;

/** A document's status, or null. @throws EpeeError REQUEST_FIELD_INVALID */
export function documentStatus(value: unknown): DocumentStatus | null {
  if (value === undefined || value === null) return null;
  const known = DOCUMENT_STATUSES.find((status) => status === value);
  if (known !== undefined) return known;
  throw fieldInvalid(STATUS, `must be one of ${DOCUMENT_STATUSES.join(', ')} or null, but is ${otherwise(value, 'string')}`);
}

/** Identifiers of the source; none where the field is missing. @throws EpeeError REQUEST_FIELD_INVALID */
export function sourceIds(value: unknown): readonly SourceId[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw fieldInvalid('$.sourceIds', `must be an array of at most ${MAX_SOURCE_IDS} {system, value}, but is ${typeName(value)}`);
  return value.map((entry: unknown, at) => {
    const path = `$.sourceIds[${at}]`;
    const fields = objectOf(entry, path, 'system and value');
    refuseUnknown(fields, ['system', 'value'], 'a source identifier', path);
    return { system: requiredText(fields, 'system', path), value: requiredText(fields, 'value', path) };
  });
}

/** Why a document was taken back, or null where it was not. @throws EpeeError REQUEST_FIELD_INVALID */
export function retraction(value: unknown): Retraction | null {
  if (value === undefined || value === null) return null;
  const path = '$.retraction';
  const fields = objectOf(value, path, 'reason');
  refuseUnknown(fields, ['reason'], 'a retraction', path);
  return { reason: requiredText(fields, 'reason', path) };
}

/**
 * Milliseconds since 1970 UTC of a time: a number of them, a string of their 13 digits, a date (its
 * midnight in UTC) or a time in ISO 8601 with its offset; or null.
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function noteTimeMs(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  const timeMs = typeof value !== 'string' ? null : DIGITS_OF_MS.test(value) ? Number(value) : isoTimeMs(value);
  if (timeMs !== null) return timeMs;
  const wanted = 'ISO 8601 with an offset (2026-03-01T09:30:00Z, or 2026-03-01 alone), milliseconds since 1970, or null';
  throw fieldInvalid(TIME, `must be ${wanted}, but is ${otherwise(value, 'string')}`);
}

function objectOf(value: unknown, path: string, members: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fieldInvalid(path, `must be an object with ${members}, but is ${typeName(value)}`);
}

/** What a value is, without the value. */
const otherwise = (value: unknown, type: string) => (typeof value === type ? `another ${type}` : typeName(value));
