import { rowTokens } from '@epee/engine';
import type { ExtractionResult } from '@epee/records';
import type { NoteRow } from '@epee/text';
import { factsIn } from '../read/marked-facts.ts';
import { predictedFacts } from '../read/predictions.ts';
import { readTexts } from '../read/read-texts.ts';
import type { TextPortion } from '../read/task-reading.ts';
import { amountsIn, isWhole, spansIn, type WantedText } from '../read/wanted-texts.ts';
import type { Prediction } from '../report/report.ts';
import type { Scored, Tally } from './tally.ts';
import { viewAnswers } from './view-answers.ts';

/** Reads texts under the tally's view, and scores the results. */
export async function scoreTexts(portion: TextPortion, tally: Tally): Promise<Scored> {
  const { reading, texts } = portion;
  const { task, mode, answers } = reading;
  const exits = texts.map((): Prediction['exits'][number][] => []);
  const hasFacts = texts.some(({ judge }) => judge !== undefined);
  const rows: NoteRow[] = [];
  const results = await readTexts(portion, async (asked) => {
    const outcomes = await viewAnswers(tally.view, asked, answers);
    for (const [at, { exitLayer, exitReason }] of outcomes.entries()) {
      const row = asked[at]!;
      tally.exit(row.task, { exitLayer, exitReason, tokens: rowTokens(row, answers.model) });
      exits[row.id.note]!.push({ task: row.task, exitLayer, exitReason, ...(hasFacts ? { tokens: rowTokens(row, answers.model) } : {}) });
      rows.push(row);
    }
    return outcomes;
  });
  const predictions = results.map((result, at): Prediction => {
    const text = texts[at]!;
    countText(text, result, tally);
    if (mode === 'note' && text.judge === undefined)
      for (const [name, amount] of Object.entries(amountsIn(result))) tally.amount(name, amount);
    const prediction = { id: text.id, task, policy: tally.view.name, exits: exits[at]! };
    return text.judge === undefined ? { ...prediction, spans: spansIn(result) } : { ...prediction, ...predictedFacts(result) };
  });
  return { rows, predictions };
}

/** Of layers only the wholes are counted: each label of facts would take hundreds of columns. */
function countText({ countsOf, document, judge }: WantedText, result: ExtractionResult, tally: Tally): void {
  const isLayer = tally.view.kind === 'layer';
  for (const [name, counts] of Object.entries(countsOf(result))) if (!isLayer || isWhole(name)) tally.count(name, counts, document);
  if (judge !== undefined && !isLayer) tally.judged(judge.judge(factsIn(result)));
}
