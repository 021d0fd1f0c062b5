import { bareNote, type ClinicalNote } from '@epee/records';

/** Names the document and version of a record: what is counted. */
export type NoteId = `${string}@${bigint}`;

/** A stream of notes with numbers: each document comes again and again, in growing versions. */
export interface NumberedNotes {
  readonly prefix: string;
  readonly documents: number;
}

/** The note with a number, from 0. @param text stands in for the note's own text */
export function noteAt(at: number, { prefix, documents }: NumberedNotes, text?: string): ClinicalNote {
  const document = at % documents;
  return bareNote({
    documentId: `${prefix}-${document}`,
    version: BigInt(Math.floor(at / documents) + 1),
    source: 'faults',
    patientRef: `${prefix}-patient-${document % 10}`,
    text: text ?? `Note ${at}. No known drug allergies. Continues on metformin.`,
    receivedAtMs: 1_700_000_000_000 + at,
  });
}

/** The id under which a note or its result is counted. */
export const idOf = ({ documentId, version }: { readonly documentId: string; readonly version: bigint }): NoteId =>
  `${documentId}@${version}`;
