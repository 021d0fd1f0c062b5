import { EpeeError } from '@epee/errors';
import type { Turn } from '@epee/model';
import { checkNote } from '@epee/records';
import { type FetchedRecord, recordFailure, recordVerdict } from '@epee/stream';
import type { NoteToRead } from '@epee/text';
import type { WorkerDeps } from '../types.ts';
import { type Answer, type Prepared, type PrepareOptions, prepare } from './prepare.ts';

/** What preparing notes needs. */
export interface PrepareNotesOptions extends PrepareOptions, Pick<WorkerDeps, 'extractor'> {
  readonly codec: WorkerDeps['codec'];
  readonly noteMaxBytes: number;
  /** Whose turn it is in the engine. @default one user for all */
  readonly turn?: Turn | undefined;
}

/** Decodes, checks and extracts from records of notes, see {@link prepare}. */
export function prepareNotes(records: readonly FetchedRecord[], options: PrepareNotesOptions): Promise<Prepared[]> {
  const { codec, noteMaxBytes } = options;
  const decode = async (value: Buffer | null): Promise<NoteToRead> => {
    const note = await codec.decodeNote(value);
    checkNote(note, { maxTextBytes: noteMaxBytes });
    return note;
  };
  return prepare(records, { decode, answer: (notes) => extract(notes, options) }, options);
}

async function extract(notes: readonly NoteToRead[], options: PrepareNotesOptions): Promise<readonly Answer[]> {
  try {
    return await options.extractor.extract(notes, options.policy, options.turn);
  } catch (error) {
    if (recordVerdict(error) !== 'dead-letter') throw error;
    if (notes.length === 1) return [failure(error)];
    // Nobody foresaw it, so nobody knows which note it was.
    const alone: Answer[] = [];
    for (const note of notes) alone.push(...(await extract([note], options)));
    return alone;
  }
}

const failure = (cause: unknown): EpeeError => {
  const { code, stage, message } = recordFailure(cause, 'text');
  return new EpeeError(code, message, { stage, cause });
};
