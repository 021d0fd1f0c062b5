import type { Case, LabelledSpan } from '@epee/exits';
import type { LoadedModel, Row, TaskSpec } from '@epee/model';
import { decodeSpans } from '@epee/text';
import { decisionAt, outcomeOf } from '../read/outcome.ts';
import type { TextPortion } from '../read/task-reading.ts';
import { byLayer, labelAnswer, pooledLabel, spansAnswer } from './case-answers.ts';
import { type AskedRow, finiteTrace, readAt } from './read-at.ts';

/** Cases of whole notes without wanted answers: one per row of a reading at full depth. */
export async function noteCases(portion: TextPortion): Promise<Case[]> {
  const { model } = portion.reading.answers;
  const { rows } = await readAt(portion, () => model.layers);
  return rows.map((asked): Case => {
    const { row, layers } = asked;
    const spec = model.tasks.find(({ name }) => name === row.task)!;
    const tagging = spec.kind === 'tagging';
    const text = portion.texts[row.id.note]!;
    // Rows of relations are asked about in a call of their own, and count from 0 again.
    const place = spec.kind === 'relation' ? `r${row.id.row}` : row.id.row;
    return {
      id: `${text.id} ${place}`,
      document: text.document,
      task: row.task,
      kind: tagging ? 'spans' : 'label',
      gold: null,
      rows: [{ tokens: row.tokenIds.length, trace: finiteTrace(row, layers) }],
      answers: byLayer(layers, (layer) =>
        tagging ? spansAnswer(rowSpans(asked, layer, spec, model), null) : labelAnswer(pooledLabel(layers, layer, spec.labels), null),
      ),
    };
  });
}

/** Spans of one row alone at a layer, in words of the row. */
function rowSpans({ row, layers }: AskedRow, layer: number, { groups }: TaskSpec, model: LoadedModel): LabelledSpan[] {
  const words = wordsOfRow(row);
  const outcome = outcomeOf(row, decisionAt(layers, layer), layers, model);
  if (words.length === 0 || outcome.kind !== 'tagging') return [];
  const windows = [{ firstWord: 0, endWord: words.length }];
  const spans = decodeSpans({ words, windows, outcomes: [outcome], contextTokens: words[0]!.firstToken - 1 }, groups);
  return spans.map(({ group, label, firstWord, endWord }) => ({ label: `${group} ${label}`, start: firstWord, end: endWord }));
}

function wordsOfRow({ wordMask }: Row) {
  const places = [...wordMask!.keys()].filter((token) => wordMask![token] === 1);
  return places.map((firstToken, index) => ({
    firstToken,
    endToken: places[index + 1] ?? firstToken + 1,
    start: index,
    end: index + 1,
  }));
}
