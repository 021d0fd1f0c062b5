import type { ExitPolicy } from '@epee/exits';
import { type LoadedModel, policyOf, type TaskSpec } from '@epee/model';

/** The tasks of a model that read notes; null where it has none of that name and kind, and the step is left out. */
export interface TextTasks {
  readonly sections: TaskSpec | null;
  /** Tags entities with their assertion (group `entity`), events (group `trigger`) and their arguments. */
  readonly tagging: TaskSpec | null;
  readonly relations: TaskSpec | null;
}

/** Exit policies by task name. */
export type TaskPolicies = Readonly<Record<string, ExitPolicy>>;

/** Picks the tasks `sections` (classification) and `relations` (relation) and the one that tags, whatever its name, from a model. */
export function textTasks({ tasks }: LoadedModel): TextTasks {
  const pick = (name: string, kind: TaskSpec['kind']) => tasks.find((task) => task.name === name && task.kind === kind) ?? null;
  const tagging = tasks.find(({ kind }) => kind === 'tagging') ?? null;
  return { sections: pick('sections', 'classification'), tagging, relations: pick('relations', 'relation') };
}

/**
 * The exit policy of every text task under a named policy.
 *
 * @param own policies that replace the named one's for their tasks
 * @throws EpeeError POLICY_UNKNOWN where a task without a policy in `own` has none of that name
 */
export function policiesOf(tasks: TextTasks, policyName: string, own: TaskPolicies = {}): TaskPolicies {
  const specs = [tasks.sections, tasks.tagging, tasks.relations].filter((task) => task !== null);
  return Object.fromEntries(specs.map((task) => [task.name, own[task.name] ?? policyOf(task, { policy: policyName, stage: 'text' })]));
}
