import type { ClinicalNote } from './types.ts';

/** Whatever of a note is not its document, place or text. */
const NOTHING_SAID = {
  version: 1n,
  patientRef: null,
  encounterRef: null,
  noteType: null,
  documentStatus: null,
  sourceIds: [],
  noteTimeMs: null,
  retraction: null,
  receivedAtMs: 0,
} as const;

/**
 * A note of which only the text and where it comes from are known, such as an item of labelled
 * data: version 1, received at 0, all else unsaid.
 */
export const bareNote = (note: Pick<ClinicalNote, 'documentId' | 'source' | 'text'> & Partial<ClinicalNote>): ClinicalNote => ({
  ...NOTHING_SAID,
  ...note,
});
