import { EpeeError, type ErrorCode } from '@epee/errors';
import { fieldInvalid, invalid, optionalText, refuseUnknown, requiredText, typeName, version } from './json-fields.ts';
import { nameProblem, textProblem, versionProblem } from './note-rules.ts';
import { foreignFormat } from './text-format.ts';
import type { ClinicalNote } from './types.ts';

/** Limits of a note. */
export interface NoteLimits {
  /** Size limit of the text in UTF-8 bytes. */
  readonly maxTextBytes: number;
}

/** Values for what a note in JSON leaves out. */
export interface NoteDefaults extends NoteLimits {
  /** `source` where the note names none. */
  readonly defaultSource: string;
  readonly receivedAtMs: number;
}

const FIELDS = ['documentId', 'version', 'source', 'patientRef', 'encounterRef', 'noteType', 'text'] as const;

/**
 * Makes a note from parsed JSON. Its fields are `{documentId, text}`. Optional are `version` (whole
 * number, default 1; a string of digits beyond 2^53), `source`, `patientRef`, `encounterRef` and
 * `noteType` (strings or null). Other fields are refused, so that a misspelt one is not lost
 * silently.
 *
 * Messages name the JSON path, the limit and the actual size or type, never the value.
 * @throws EpeeError REQUEST_FIELD_INVALID, TEXT_EMPTY, TEXT_TOO_LARGE, TEXT_FORMAT_UNSUPPORTED;
 * `details.path` is the JSON path
 */
export function validateNote(value: unknown, { defaultSource, receivedAtMs, maxTextBytes }: NoteDefaults): ClinicalNote {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fieldInvalid('$', `must be an object, but is ${typeName(value)}`);
  const fields = value as Record<string, unknown>;
  refuseUnknown(fields, FIELDS, 'a note');
  const note: ClinicalNote = {
    documentId: requiredText(fields, 'documentId'),
    version: version(fields.version),
    source: optionalText(fields, 'source') ?? defaultSource,
    patientRef: optionalText(fields, 'patientRef'),
    encounterRef: optionalText(fields, 'encounterRef'),
    noteType: optionalText(fields, 'noteType'),
    text: requiredText(fields, 'text'),
    receivedAtMs,
  };
  check(note, maxTextBytes, 'REQUEST_FIELD_INVALID', (field) => `$.${field}`);
  return note;
}

/**
 * Checks a note that has the right types, for example one decoded from Avro.
 * @throws EpeeError RECORD_INVALID, TEXT_EMPTY, TEXT_TOO_LARGE, TEXT_FORMAT_UNSUPPORTED
 */
export function checkNote(note: ClinicalNote, { maxTextBytes }: NoteLimits): void {
  check(note, maxTextBytes, 'RECORD_INVALID', (field) => field);
}

function check(note: ClinicalNote, maxTextBytes: number, code: ErrorCode, pathOf: (field: string) => string): void {
  for (const field of ['documentId', 'source', 'patientRef', 'encounterRef', 'noteType'] as const) {
    const name = note[field];
    const problem = name === null ? null : nameProblem(name);
    if (problem !== null) throw invalid(code, pathOf(field), `must ${problem}`);
  }
  const problem = versionProblem(note.version);
  if (problem !== null) throw invalid(code, pathOf('version'), `must ${problem}`);
  checkText(note.text, maxTextBytes, code, pathOf('text'));
}

function checkText(text: string, maxBytes: number, code: ErrorCode, path: string): void {
  const problem = textProblem(text, maxBytes);
  if (problem?.kind === 'empty') throw invalid('TEXT_EMPTY', path, 'must have text, but is empty or only white space');
  if (problem?.kind === 'malformed')
    throw invalid(code, path, `must be valid Unicode, but has half a surrogate pair at character ${problem.at}`);
  if (problem?.kind === 'too-large') {
    throw new EpeeError('TEXT_TOO_LARGE', `${path} must have at most ${maxBytes} UTF-8 bytes, but has ${problem.bytes}`, {
      stage: 'validate',
      details: { path, bytes: problem.bytes, maxBytes },
      hint: 'EPEE_NOTE_MAX_BYTES sets the limit.',
    });
  }
  const format = foreignFormat(text);
  if (format === null) return;
  const { looksLike, hint } = format;
  throw new EpeeError('TEXT_FORMAT_UNSUPPORTED', `${path} must be plain text, but looks like ${looksLike}`, {
    stage: 'validate',
    details: { path },
    hint,
  });
}
