import type { SweepRow } from '@epee/engine';
import { type RowTrace, traceRow } from '@epee/exits';
import type { AnyRow } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import type { NoteRow, NoteRowId } from '@epee/text';
import { decisionAt, nonFinite, outcomeOf } from '../read/outcome.ts';
import { readTexts } from '../read/read-texts.ts';
import type { TextPortion } from '../read/task-reading.ts';

/** A row that was asked about while texts were read, with every layer's logits. */
export interface AskedRow {
  readonly row: NoteRow;
  readonly layers: SweepRow;
}

/** Reads texts with every row leaving at a layer of its own. `rows` are in the order of asking. */
export async function readAt(
  portion: TextPortion,
  layerOf: (row: NoteRowId) => number,
): Promise<{ results: ExtractionResult[]; rows: AskedRow[] }> {
  const { answers } = portion.reading;
  const rows: AskedRow[] = [];
  const results = await readTexts(portion, async (asked) => {
    const layers = await answers.layersOf(asked);
    return asked.map((row, index) => {
      const own = layers[index]!;
      rows.push({ row, layers: own });
      return outcomeOf(row, decisionAt(own, layerOf(row.id)), own, answers.model);
    });
  });
  return { results, rows };
}

/** @throws EpeeError ENGINE_NON_FINITE where logits of some layer are not finite */
export function finiteTrace(row: Pick<AnyRow, 'task'>, layers: SweepRow): RowTrace {
  const trace = traceRow(layers);
  const broken = trace.entropies.findIndex(Number.isNaN);
  if (broken >= 0) throw nonFinite(row, broken + 1);
  return trace;
}
