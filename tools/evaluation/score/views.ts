import type { SweepRow } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { decideExits, type ExitDecision, type ExitPolicy } from '@epee/exits';
import type { AnyRow, Engine, LoadedModel } from '@epee/model';
import { decisionAt } from '../read/outcome.ts';

/**
 * One way to read every layer's logits of a row: as if all rows left after one layer, or as a named
 * policy lets them leave.
 */
export interface View {
  /** `layer 3`, or the policy's name. */
  readonly name: string;
  readonly kind: 'layer' | 'policy' | 'engine';
  /** The policy's values for a task; null for layers. */
  policyOf(task: string): ExitPolicy | null;
  decide(row: SweepRow, task: string): ExitDecision;
  /** Answers rows itself, in place of a decision over the sweep's logits. */
  readonly run?: Engine<AnyRow>['run'];
}

/**
 * The views of a model: each layer, then each policy.
 *
 * @param policyNames null: every policy that all tasks have
 * @throws EpeeError POLICY_UNKNOWN
 */
export function viewsOf(model: LoadedModel, policyNames: readonly string[] | null): View[] {
  const layers = Array.from({ length: model.layers }, (_, index) => layerView(index + 1));
  return [...layers, ...(policyNames ?? commonPolicies(model)).map((name) => policyView(name, model))];
}

/** The policies among views as the exit graph of an engine answers them. */
export function engineViews(views: readonly View[], { model, run }: Pick<Engine<AnyRow>, 'model' | 'run'>): View[] {
  return views
    .filter(({ kind }) => kind === 'policy')
    .map((view) => ({ ...view, name: `${view.name}, ${model.precision}`, kind: 'engine', run }));
}

const layerView = (layer: number): View => ({
  name: `layer ${layer}`,
  kind: 'layer',
  policyOf: () => null,
  decide: (row) => decisionAt(row, layer),
});

function policyView(name: string, { tasks }: LoadedModel): View {
  const lacking = tasks.find(({ policies }) => !Object.hasOwn(policies, name));
  if (lacking !== undefined) {
    throw new EpeeError(
      'POLICY_UNKNOWN',
      `--policy ${name.slice(0, 64)}: task ${lacking.name} has no such policy; it has ${Object.keys(lacking.policies).join(', ')}`,
      { stage: 'cli', details: { policy: name.slice(0, 64), task: lacking.name } },
    );
  }
  const policies = new Map(tasks.map((task) => [task.name, task.policies[name]!]));
  const policyOf = (task: string) => policies.get(task)!;
  return { name, kind: 'policy', policyOf, decide: (row, task) => decideExits(row, policyOf(task)) };
}

function commonPolicies({ tasks }: LoadedModel): string[] {
  const [first, ...others] = tasks;
  return Object.keys(first?.policies ?? {}).filter((name) => others.every(({ policies }) => Object.hasOwn(policies, name)));
}
