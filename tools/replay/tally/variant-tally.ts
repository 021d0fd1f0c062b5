import type { RowExits, VariantReport } from '../report/report.ts';
import { type RowUse, readExit } from '../run/row-use.ts';
import { fromMillionths, millionths } from './exact.ts';
import { COMPARED_TASKS, type ComparedTask } from './items.ts';
import type { VariantAnswer } from './replayed-document.ts';
import type { Sums } from './sums.ts';

/** What a report says of a variant before anything is read. */
export type VariantFacts = Pick<VariantReport, 'id' | 'model' | 'policy'>;

/** Adds up what one variant did. */
export interface VariantTally {
  add(answer: VariantAnswer): void;
  report(): VariantReport;
}

/** Names of the sums that a variant needs. */
export const variantSums = (id: string): string[] => ['layersRun', 'layersFull'].map((sum) => `${id} ${sum}`);

/** Its numbers go into `sums`, which the caller commits document by document. */
export function createVariantTally(facts: VariantFacts, sums: Sums): VariantTally {
  const found = zeros();
  const confidence = zeros();
  const failures: Record<string, number> = {};
  const exits = new Map<
    string,
    { rows: number; entropyMillionths: number; layers: Map<number, { entropy: number; patience: number; final: number }> }
  >();
  let results = 0;
  let rows = 0;
  let computeMillionths = 0;

  function addRows(use: RowUse): void {
    for (const [task, more] of Object.entries(use)) {
      const known = exits.get(task) ?? { rows: 0, entropyMillionths: 0, layers: new Map() };
      exits.set(task, known);
      known.rows += more.rows;
      known.entropyMillionths += millionths(more.entropySum);
      for (const [exit, count] of Object.entries(more.exits)) {
        const { layer, reason } = readExit(exit);
        const at = known.layers.get(layer) ?? { entropy: 0, patience: 0, final: 0 };
        at[reason] += count;
        known.layers.set(layer, at);
      }
    }
  }

  const exitsOf = (task: string): RowExits => {
    const { rows: own, entropyMillionths, layers } = exits.get(task)!;
    const deepest = Math.max(facts.model.layers, ...layers.keys());
    return {
      rows: own,
      meanEntropy: fromMillionths(entropyMillionths / own),
      layers: Array.from({ length: deepest }, (_, at) => ({
        layer: at + 1,
        ...(layers.get(at + 1) ?? { entropy: 0, patience: 0, final: 0 }),
      })),
    };
  };

  return {
    add(answer) {
      if (answer.kind === 'failure') {
        failures[answer.code] = (failures[answer.code] ?? 0) + 1;
        return;
      }
      results += 1;
      rows += answer.compute.rows;
      computeMillionths += millionths(answer.compute.computeMs);
      sums.add(`${facts.id} layersRun`, answer.compute.layersRun);
      sums.add(`${facts.id} layersFull`, answer.compute.layersFull);
      addRows(answer.rows);
      for (const task of COMPARED_TASKS) {
        found[task] += answer.items[task].length;
        confidence[task] += answer.items[task].reduce((sum, item) => sum + millionths(item.confidence), 0);
      }
    },
    report: () => ({
      ...facts,
      results,
      failures: Object.fromEntries(
        Object.entries(failures).sort(([code, one], [otherCode, other]) => other - one || (code < otherCode ? -1 : 1)),
      ),
      found,
      confidence: Object.fromEntries(
        COMPARED_TASKS.map((task) => [task, found[task] === 0 ? null : fromMillionths(confidence[task] / found[task])]),
      ) as VariantReport['confidence'],
      rows,
      meanExitLayer: rows === 0 ? null : sums.total(`${facts.id} layersRun`) / rows,
      layersSaved: sums.estimate((of) => 1 - of(`${facts.id} layersRun`) / of(`${facts.id} layersFull`)),
      computeMsPerNote: results === 0 ? null : fromMillionths(computeMillionths / results),
      exits: Object.fromEntries([...exits.keys()].map((task) => [task, exitsOf(task)])),
    }),
  };
}

const zeros = (): Record<ComparedTask, number> => ({ sections: 0, events: 0, entities: 0, relations: 0 });
