import { EpeeError, type ErrorCode } from '@epee/errors';
import { fieldInvalid, invalid, optionalText, refuseUnknown, requiredText, typeName, version } from './json-fields.ts';
import { documentStatus, noteTimeMs, retraction, sourceIds } from './note-fields.ts';
import { MAX_SOURCE_IDS, nameProblem, textProblem, timeProblem, versionProblem } from './note-rules.ts';
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

/** Fields of a note in JSON. `noteTime` becomes `noteTimeMs`. */
export const NOTE_FIELDS = [
  'documentId',
  'version',
  'source',
  'patientRef',
  'encounterRef',
  'noteType',
  'documentStatus',
  'sourceIds',
  'noteTime',
  'retraction',
  'text',
] as const;

/**
 * Makes a note from parsed JSON. Its fields are `{documentId, text}`. Optional are `version` (whole
 * number, default 1; a string of digits beyond 2^53), `source`, `patientRef`, `encounterRef` and
 * `noteType` (strings or null), `documentStatus`, `sourceIds` (`[{system, value}]`), `noteTime`
 * (ISO 8601 or milliseconds) and `retraction` (`{reason}`; such a note has no text). Other fields
 * are refused, so that a misspelt one is not lost silently.
 *
 * Messages name the JSON path, the limit and the actual size or type, never the value.
 * @throws EpeeError REQUEST_FIELD_INVALID, TEXT_EMPTY, TEXT_TOO_LARGE, TEXT_FORMAT_UNSUPPORTED;
 * `details.path` is the JSON path
 */
export function validateNote(value: unknown, { defaultSource, receivedAtMs, maxTextBytes }: NoteDefaults): ClinicalNote {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fieldInvalid('$', `must be an object, but is ${typeName(value)}`);
  const fields = value as Record<string, unknown>;
  refuseUnknown(fields, NOTE_FIELDS, 'a note');
  const takenBack = retraction(fields.retraction);
  const note: ClinicalNote = {
    documentId: requiredText(fields, 'documentId'),
    version: version(fields.version),
    source: optionalText(fields, 'source') ?? defaultSource,
    patientRef: optionalText(fields, 'patientRef'),
    encounterRef: optionalText(fields, 'encounterRef'),
    noteType: optionalText(fields, 'noteType'),
    documentStatus: documentStatus(fields.documentStatus),
    sourceIds: sourceIds(fields.sourceIds),
    noteTimeMs: noteTimeMs(fields.noteTime),
    retraction: takenBack,
    text: takenBack !== null && fields.text === undefined ? '' : requiredText(fields, 'text'),
    receivedAtMs,
  };
  check(note, maxTextBytes, 'REQUEST_FIELD_INVALID', (field) => (field === 'noteTimeMs' ? '$.noteTime' : `$.${field}`));
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
  const must = (field: string, problem: string | null) => {
    if (problem !== null) throw invalid(code, pathOf(field), `must ${problem}`);
  };
  const { sourceIds, noteTimeMs, retraction, text } = note;
  for (const [field, name] of namesOf(note)) must(field, name === null ? null : nameProblem(name));
  must('version', versionProblem(note.version));
  must('sourceIds', sourceIds.length <= MAX_SOURCE_IDS ? null : `have at most ${MAX_SOURCE_IDS} entries, but has ${sourceIds.length}`);
  must('noteTimeMs', noteTimeMs === null ? null : timeProblem(noteTimeMs));
  if (retraction === null) checkText(text, maxTextBytes, code, pathOf('text'));
  else must('text', text === '' ? null : `be empty or left out where a note has a retraction, but has ${text.length} characters`);
}

/** Fields that are names or ids, with their paths. */
const namesOf = (note: ClinicalNote): (readonly [path: string, name: string | null])[] => [
  ...(['documentId', 'source', 'patientRef', 'encounterRef', 'noteType'] as const).map((field) => [field, note[field]] as const),
  ...note.sourceIds.flatMap(({ system, value }, at) => [
    [`sourceIds[${at}].system`, system] as const,
    [`sourceIds[${at}].value`, value] as const,
  ]),
  ['retraction.reason', note.retraction?.reason ?? null],
];

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
