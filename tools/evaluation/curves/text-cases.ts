import { type Case, type ExitPolicy, exitLayersOf, exitsKey, type RowTrace } from '@epee/exits';
import type { ExtractionResult } from '@epee/records';
import type { TextPortion } from '../read/task-reading.ts';
import { headline, type WantedText } from '../read/wanted-texts.ts';
import { partsOf, spansAnswer } from './case-answers.ts';
import { finiteTrace, readAt } from './read-at.ts';

/** Cases of texts, each read once per combination of exit layers that a policy gives its rows. */
export async function textCases(portion: TextPortion, policies: readonly ExitPolicy[]): Promise<Case[]> {
  const { reading, texts } = portion;
  const { layers } = reading.answers.model;
  const full = await readAt(portion, () => layers);
  const rowsOf = texts.map((_, note) => full.rows.filter(({ row }) => row.id.note === note));
  const traces = rowsOf.map((rows) => rows.map(({ row, layers: own }) => finiteTrace(row, own)));
  const answers = texts.map((text, at) => new Map([[exitsKey(traces[at]!.map(() => layers)), answerOf(text, full.results[at]!)]]));
  const wanted = traces.map((own) => exitCombinations(own, policies, layers));
  const rounds = Math.max(0, ...wanted.map(({ length }) => length));
  for (let round = 0; round < rounds; round++) {
    const exits = wanted.map((all) => all[Math.min(round, all.length - 1)]);
    const { results } = await readAt(portion, ({ note, row }) => exits[note]?.[row] ?? layers);
    for (const [at, result] of results.entries())
      if (exits[at] !== undefined) answers[at]!.set(exitsKey(exits[at]), answerOf(texts[at]!, result));
  }
  return texts.map(
    ({ id, document, gold }, at): Case => ({
      id,
      document,
      task: reading.modelTasks[0]!,
      kind: 'spans',
      gold: gold === null ? null : partsOf(gold),
      rows: rowsOf[at]!.map(({ row }, index) => ({ tokens: row.tokenIds.length, trace: traces[at]![index]! })),
      answers: answers[at]!,
    }),
  );
}

function answerOf({ answerIn, countsOf }: WantedText, result: ExtractionResult) {
  const counts = countsOf(result);
  return spansAnswer(answerIn(result), counts[headline(Object.keys(counts)) ?? ''] ?? null);
}

/**
 * Exit layers that a case's rows may leave at together: of one row any layer, of several what the
 * policies say. Full depth is known already.
 */
function exitCombinations(traces: readonly RowTrace[], policies: readonly ExitPolicy[], layers: number): number[][] {
  if (traces.length === 1) return Array.from({ length: layers - 1 }, (_, layer) => [layer + 1]);
  const rows = traces.map((trace) => ({ trace }));
  const all = new Map(policies.map((policy) => exitLayersOf(rows, policy)).map((exits) => [exitsKey(exits), exits]));
  all.delete(exitsKey(traces.map(() => layers)));
  return [...all.values()];
}
