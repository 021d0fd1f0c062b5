import { rowTokens } from '@epee/engine';
import { type Case, exitsKey, labelCounts } from '@epee/exits';
import type { RowPortion } from '../read/task-reading.ts';
import { byLayer, labelAnswer, partOf, pooledLabel } from './case-answers.ts';
import { finiteTrace } from './read-at.ts';

/** Cases of rows with one label each. A row that cannot be asked about has the answer of nothing. */
export async function rowCases({ reading, rows: labelled }: RowPortion): Promise<Case[]> {
  const { answers, none, spec } = reading;
  const layers = await answers.layersOf(labelled.flatMap(({ row }) => (row === null ? [] : [row])));
  let next = 0;
  return labelled.map(({ id, document, row, label, task }): Case => {
    const common = { id, document, task, kind: 'label', gold: partOf(label) } as const;
    const answer = (found: string) => labelAnswer(found, labelCounts(found, label, none));
    if (row === null) return { ...common, rows: [], answers: new Map([[exitsKey([]), answer(none ?? '')]]) };
    const own = layers[next++]!;
    return {
      ...common,
      rows: [{ tokens: rowTokens(row, answers.model), trace: finiteTrace(row, own) }],
      answers: byLayer(own, (layer) => answer(pooledLabel(own, layer, spec.labels))),
    };
  });
}
