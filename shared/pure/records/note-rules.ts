import type { DocumentStatus } from './types.ts';

/**
 * Longest documentId, source, patientRef, encounterRef, noteType, retraction reason, and system and
 * value of a source identifier, in characters (code points).
 */
export const MAX_NAME_CHARACTERS = 256;
/** Highest version: Avro's long. */
export const MAX_VERSION = 2n ** 63n - 1n;
/** States of a document. */
export const DOCUMENT_STATUSES: readonly DocumentStatus[] = ['preliminary', 'final', 'corrected', 'cancelled'];
/** Most identifiers of the source that a note has. */
export const MAX_SOURCE_IDS = 32;
/** Times beyond this have no date in JavaScript (ECMA-262, "Time Values"), milliseconds. */
const MAX_TIME_MS = 8.64e15;

const CONTROL = /\p{Cc}/u;
// The flag u matches a pair of surrogates as one character, so this finds only lone ones.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * What is wrong with a name or id (the words after "must"), or `null`. It names sizes, never the
 * value, because an id may identify a patient.
 */
export function nameProblem(value: string): string | null {
  const limit = `have 1 to ${MAX_NAME_CHARACTERS} characters`;
  if (value === '') return `${limit}, but is empty`;
  const characters = countCharacters(value);
  if (characters > MAX_NAME_CHARACTERS) return `${limit}, but has ${characters}`;
  if (CONTROL.test(value)) return `have no control characters, but has one at character ${firstIndex(value, CONTROL)}`;
  if (LONE_SURROGATE.test(value))
    return `be valid Unicode, but has half a surrogate pair at character ${firstIndex(value, LONE_SURROGATE)}`;
  return null;
}

/** What is wrong with a version (the words after "must"), or `null`. */
export function versionProblem(version: bigint): string | null {
  if (version >= 0n && version <= MAX_VERSION) return null;
  const digits = version.toString();
  return `be a whole number from 0 to ${MAX_VERSION}, but ${digits.length <= 40 ? `is ${digits}` : `has ${digits.length} digits`}`;
}

/** What is wrong with a time in milliseconds since 1970 (the words after "must"), or `null`. */
export const timeProblem = (timeMs: number): string | null =>
  Number.isInteger(timeMs) && Math.abs(timeMs) <= MAX_TIME_MS
    ? null
    : `be whole milliseconds since 1970 from -${MAX_TIME_MS} to ${MAX_TIME_MS}, but is ${timeMs}`;

/**
 * What is wrong with a text: it is empty, has too many UTF-8 bytes, or has half a surrogate pair;
 * else `null`.
 */
export type TextProblem =
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'malformed'; readonly at: number }
  | null;

/** Checks the text of a note. */
export function textProblem(text: string, maxBytes: number): TextProblem {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) return { kind: 'too-large', bytes };
  if (text.trim() === '') return { kind: 'empty' };
  return LONE_SURROGATE.test(text) ? { kind: 'malformed', at: firstIndex(text, LONE_SURROGATE) } : null;
}

function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

const firstIndex = (value: string, pattern: RegExp) => countCharacters(value.slice(0, value.search(pattern)));
