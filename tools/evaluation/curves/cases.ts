import type { Case, ExitPolicy } from '@epee/exits';
import { textTasks } from '@epee/text';
import type { Portion, TextPortion } from '../read/task-reading.ts';
import { noteCases } from './note-cases.ts';
import { rowCases } from './row-cases.ts';
import { textCases } from './text-cases.ts';

/** What one question is: a row of its own, or a whole note with all of its sentences. */
export type CaseUnit = 'row' | 'note';

/**
 * A portion's questions with every answer that may come of them, for curves and certificates.
 * @param policies that the cases will be followed under
 * @param unit of notes without wanted answers; notes with facts are always whole
 */
export async function casesOf(portion: Portion, policies: readonly ExitPolicy[], unit: CaseUnit = 'row'): Promise<Case[]> {
  if (portion.kind === 'rows') return rowCases(portion);
  const { mode, task } = portion.reading;
  if (mode === 'note' && task === 'stream' && unit === 'row') return noteCases(portion);
  return textCases(mode === 'note' ? sentencesAlone(portion) : portion, policies);
}

/** The part of a reading that finds entities: sections and pairs of entities are left out. */
function sentencesAlone({ reading, ...portion }: TextPortion): TextPortion {
  const events = textTasks(reading.answers.model).tagging!;
  return { ...portion, reading: { ...reading, modelTasks: [events.name] } };
}
