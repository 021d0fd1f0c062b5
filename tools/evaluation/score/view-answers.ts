import { FULL_DEPTH } from '@epee/exits';
import type { AnyRow, Engine } from '@epee/model';
import type { LayerAnswers } from '../read/answers.ts';
import { type Answered, nonFinite, outcomeOf } from '../read/outcome.ts';
import type { View } from './views.ts';

/**
 * What a view answers to rows, in their order; the rows' own policies are left aside.
 * @throws EpeeError ENGINE_NON_FINITE, or the engine's error for a row
 */
export async function viewAnswers(view: View, rows: readonly AnyRow[], answers: LayerAnswers): Promise<Answered[]> {
  if (view.run !== undefined) return engineAnswers(rows, view, view.run);
  const layers = await answers.layersOf(rows);
  return rows.map((row, index) => {
    const decision = view.decide(layers[index]!, row.task);
    if (Number.isNaN(decision.entropy)) throw nonFinite(row, decision.exitLayer);
    return outcomeOf(row, decision, layers[index]!, answers.model, view.kind === 'policy');
  });
}

async function engineAnswers(rows: readonly AnyRow[], view: View, run: Engine<AnyRow>['run']): Promise<Answered[]> {
  const own = rows.map((row) => ({ ...row, policy: view.policyOf(row.task)! }));
  return (await run(own, FULL_DEPTH)).map((outcome) => {
    if (outcome.kind === 'failed') throw outcome.error;
    return outcome;
  });
}
