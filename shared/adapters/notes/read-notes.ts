import { EpeeError } from '@epee/errors';
import { type ClinicalNote, NOTE_FIELDS, type NoteDefaults, validateNote } from '@epee/records';
import type { NoteRow, RowProblem } from './note-rows.ts';

/** A note that can be worked on, and where it was found. */
export interface ReadNote {
  readonly where: string;
  readonly note: ClinicalNote;
}

/** A good note, or why there is none. */
export type NoteOrProblem = ReadNote | RowProblem;

/**
 * Makes a note of a row. Fields that a note does not have are left out, so that labelled data can
 * be read; `id` means `documentId`. Problems have the codes of `validateNote`, and the row's place
 * in front of the message.
 */
export function toNote({ where, fields }: NoteRow, defaults: NoteDefaults): NoteOrProblem {
  try {
    return { where, note: validateNote(knownFields(fields), defaults) };
  } catch (error) {
    if (!(error instanceof EpeeError)) throw error;
    const { code, stage, details, hint } = error;
    const missingId = details.path === '$.documentId' && !('documentId' in fields || 'id' in fields);
    const message = missingId ? `${where}: $.documentId (or $.id) is missing; it must be a string` : `${where}: ${error.message}`;
    return { where, error: new EpeeError(code, message, { stage, details, ...(hint === undefined ? {} : { hint }), cause: error }) };
  }
}

function knownFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const name of NOTE_FIELDS) if (fields[name] !== undefined) known[name] = fields[name];
  const id = fields.documentId ?? fields.id;
  if (id !== undefined) known.documentId = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  return known;
}
