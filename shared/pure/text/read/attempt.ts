import { EpeeError } from '@epee/errors';
import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import type { Outcome, Turn } from '@epee/model';
import type { NoteRow } from '../rows/rows.ts';

/** What became of one of several notes that are read together: a value, or the error that ends this note and no other. */
export type Attempt<T> = T | EpeeError;

/** Answers rows in their order, as `Engine.run` does: one outcome per row. */
export type RunRows = (rows: readonly NoteRow[], policy: ExitPolicy, turn?: Turn) => Promise<Outcome[]>;

/** A model outcome that is an answer. */
export type Answer = Exclude<Outcome, { kind: 'failed' }>;

/** Applies a step to each note that is still alive; a throw ends that note, as EXTRACTION_FAILED if it is no EpeeError. */
export function each<T, U>(attempts: readonly Attempt<T>[], step: (value: T, index: number) => Attempt<U>): Attempt<U>[] {
  return attempts.map((attempt, index) => {
    if (attempt instanceof EpeeError) return attempt;
    try {
      return step(attempt, index);
    } catch (cause) {
      return extractionFailed(cause);
    }
  });
}

/**
 * Runs the rows of all notes in one call and gives each note its answers, in the order of its rows. A failed row ends its note.
 *
 * @throws what `run` throws: that is no note's fault
 */
export async function ask<T extends { readonly rows: readonly NoteRow[] }>(
  attempts: readonly Attempt<T>[],
  run: RunRows,
  turn?: Turn,
): Promise<Attempt<{ value: T; answers: Answer[] }>[]> {
  const rows = attempts.flatMap((attempt) => (attempt instanceof EpeeError ? [] : attempt.rows));
  const outcomes = rows.length === 0 ? [] : await run(rows, FULL_DEPTH, turn);
  let next = 0;
  return each(attempts, (value) => {
    const own = outcomes.slice(next, next + value.rows.length);
    next += value.rows.length;
    const failed = own.find((outcome) => outcome.kind === 'failed');
    return failed === undefined ? { value, answers: own as Answer[] } : failed.error;
  });
}

/** An error of our own code or of the tokenizer over one note. */
export function extractionFailed(cause: unknown): EpeeError {
  if (cause instanceof EpeeError) return cause;
  return new EpeeError('EXTRACTION_FAILED', 'the note could not be read: an unforeseen error in the text pipeline', {
    stage: 'text',
    cause,
    hint: 'Report it with the error beneath; the note itself is in the dead letter.',
  });
}
