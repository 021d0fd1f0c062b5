import { rowTokens } from '@epee/engine';
import type { NoteRow } from '@epee/text';
import { readTexts } from '../read/read-texts.ts';
import type { TextPortion } from '../read/task-reading.ts';
import { amountsIn, spansIn } from '../read/wanted-texts.ts';
import type { Prediction } from '../report/report.ts';
import type { Scored, Tally } from './tally.ts';
import { viewAnswers } from './view-answers.ts';

/** Reads texts under the tally's view, and scores the results. */
export async function scoreTexts(portion: TextPortion, tally: Tally): Promise<Scored> {
  const { reading, texts } = portion;
  const { task, mode, answers } = reading;
  const exits = texts.map((): Prediction['exits'][number][] => []);
  const rows: NoteRow[] = [];
  const results = await readTexts(portion, async (asked) => {
    const outcomes = await viewAnswers(tally.view, asked, answers);
    for (const [at, { exitLayer, exitReason }] of outcomes.entries()) {
      const row = asked[at]!;
      tally.exit(row.task, { exitLayer, exitReason, tokens: rowTokens(row, answers.model) });
      exits[row.id.note]!.push({ task: row.task, exitLayer, exitReason });
      rows.push(row);
    }
    return outcomes;
  });
  const predictions = results.map((result, at): Prediction => {
    const { id, document, countsOf } = texts[at]!;
    for (const [name, counts] of Object.entries(countsOf(result))) tally.count(name, counts, document);
    if (mode === 'note') for (const [name, amount] of Object.entries(amountsIn(result))) tally.amount(name, amount);
    return { id, task, policy: tally.view.name, exits: exits[at]!, spans: spansIn(result) };
  });
  return { rows, predictions };
}
