import { decideExits, type ExitDecision, type ExitPolicy, layerEntropy } from '@epee/exits';
import type { AnyRow, Engine, Outcome } from '@epee/model';
import type { LayerAnswers } from '../read/answers.ts';
import type { EngineAgreement } from '../report/report.ts';
import type { View } from './views.ts';

/** How close to the threshold rounding may decide. */
const EDGE = 1e-4;

/** Compares the exit graph with the exit rule over all layers' logits. */
export interface EngineCheck {
  compare(rows: readonly AnyRow[], view: View, answers: LayerAnswers): Promise<void>;
  agreement(): EngineAgreement;
}

/** A comparison with the exit graph of an engine. */
export function createEngineCheck({ model, run }: Pick<Engine<AnyRow>, 'model' | 'run'>): EngineCheck {
  let rowCount = 0;
  let different = 0;
  let onTheEdge = 0;
  return {
    async compare(rows, view, answers) {
      if (rows.length === 0) return;
      const layers = await answers.layersOf(rows);
      const policies = rows.map(({ task }) => view.policyOf(task)!);
      const outcomes = await run(
        rows.map((row, index) => ({ ...row, policy: policies[index]! })),
        policies[0]!,
      );
      for (const [index, outcome] of outcomes.entries()) {
        const policy = policies[index]!;
        rowCount += 1;
        const labels = model.tasks.find(({ name }) => name === outcome.task)!.labels;
        if (agrees(outcome, decideExits(layers[index]!, policy), labels)) continue;
        different += 1;
        if (nearThreshold(layers[index]!, policy)) onTheEdge += 1;
      }
    },
    agreement: () => ({ precision: model.precision, rows: rowCount, different, onTheEdge }),
  };
}

function agrees(outcome: Outcome, { exitLayer, exitReason, answer }: ExitDecision, labels: readonly string[]): boolean {
  if (outcome.kind === 'failed' || outcome.exitLayer !== exitLayer || outcome.exitReason !== exitReason) return false;
  if (outcome.kind === 'pooled') return answer.kind === 'pooled' && outcome.label === labels[answer.label];
  return answer.kind === 'tagging' && answer.tags.every((tags, group) => tags.every((tag, token) => tag === outcome.tags[group]![token]));
}

function nearThreshold(row: Parameters<typeof layerEntropy>[0], { entropyThreshold }: ExitPolicy): boolean {
  if (entropyThreshold === 'off') return false;
  return row.layers.some((_, layer) => Math.abs(layerEntropy(row, layer) - entropyThreshold) < EDGE);
}
