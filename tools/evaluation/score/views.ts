import type { SweepRow } from '@epee/engine';
import { decideExits, type ExitDecision, type ExitPolicy } from '@epee/exits';
import { type AnyRow, type Engine, type LoadedModel, policyOf } from '@epee/model';
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

function policyView(name: string, { name: model, tasks }: LoadedModel): View {
  const named = { policy: name, given: `--policy ${name.slice(0, 64)}`, stage: 'cli' } as const;
  const policies = new Map(tasks.map((task) => [task.name, policyOf(task, named, model)]));
  const ownPolicy = (task: string) => policies.get(task)!;
  return { name, kind: 'policy', policyOf: ownPolicy, decide: (row, task) => decideExits(row, ownPolicy(task)) };
}

function commonPolicies({ tasks }: LoadedModel): string[] {
  const [first, ...others] = tasks;
  return Object.keys(first?.policies ?? {}).filter((name) => others.every(({ policies }) => Object.hasOwn(policies, name)));
}
