import type { Case, ExitPolicy } from '@epee/exits';
import type { Portion } from '../read/task-reading.ts';
import { noteCases } from './note-cases.ts';
import { rowCases } from './row-cases.ts';
import { textCases } from './text-cases.ts';

/**
 * A portion's questions with every answer that may come of them, for curves and certificates.
 * @param policies that the cases will be followed under
 */
export async function casesOf(portion: Portion, policies: readonly ExitPolicy[]): Promise<Case[]> {
  if (portion.kind === 'rows') return rowCases(portion);
  return portion.reading.mode === 'note' ? noteCases(portion) : textCases(portion, policies);
}
