import { rowTokens } from '@epee/engine';
import { labelCounts } from '@epee/exits';
import type { RowPortion } from '../read/task-reading.ts';
import type { Scored, Tally } from './tally.ts';
import { viewAnswers } from './view-answers.ts';

/** Scores rows of one label each under a view; a row that cannot be asked about finds nothing. */
export async function scoreRows({ reading, rows: labelled }: RowPortion, tally: Tally): Promise<Scored> {
  const { task, none, answers } = reading;
  const { view } = tally;
  const rows = labelled.flatMap(({ row }) => (row === null ? [] : [row]));
  const outcomes = await viewAnswers(view, rows, answers);
  for (const [at, { exitLayer, exitReason }] of outcomes.entries())
    tally.exit(rows[at]!.task, { exitLayer, exitReason, tokens: rowTokens(rows[at]!, answers.model) });
  let next = 0;
  const predictions = labelled.map(({ id, document, row, label }) => {
    const outcome = row === null ? null : outcomes[next++]!;
    const found = outcome?.kind === 'pooled' ? outcome.label : (none ?? '');
    tally.count(task, labelCounts(found, label, none), document);
    const exits = outcome === null ? [] : [outcome];
    return {
      id,
      task,
      policy: view.name,
      label: found,
      exits: exits.map(({ exitLayer, exitReason }) => ({ task: row!.task, exitLayer, exitReason })),
    };
  });
  return { rows, predictions };
}
