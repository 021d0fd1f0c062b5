import { EpeeError, type Stage } from '@epee/errors';
import type { ExitPolicy } from '@epee/exits';
import type { LoadedModel, TaskSpec } from './types.ts';

/** An exit policy that somebody named. */
export interface PolicyName {
  readonly policy: string;
  /** How it was named, for the message: `EPEE_POLICY=fast`, `--policy fast`. @default `The exit policy fast` */
  readonly given?: string;
  readonly stage: Stage;
}

/**
 * The exit policy of a task under a name.
 * @param model name of the task's model, for the message
 * @throws EpeeError POLICY_UNKNOWN
 */
export function policyOf({ name, policies }: Pick<TaskSpec, 'name' | 'policies'>, named: PolicyName, model?: string): ExitPolicy {
  const { policy, given = `The exit policy ${policy.slice(0, 64)}`, stage } = named;
  if (Object.hasOwn(policies, policy)) return policies[policy]!;
  const known = Object.keys(policies);
  const task = model === undefined ? `task ${name}` : `task ${name} of model ${model}`;
  throw new EpeeError('POLICY_UNKNOWN', `${given} is unknown to ${task}; it has ${known.join(', ')}`, {
    stage,
    details: { task: name, known },
    hint: 'Name one of the policies that the model package holds.',
  });
}

/** Checks that every task of a model has a policy. @throws EpeeError POLICY_UNKNOWN */
export function checkPolicy(
  { name, tasks }: Pick<LoadedModel, 'name'> & { readonly tasks: readonly Pick<TaskSpec, 'name' | 'policies'>[] },
  named: PolicyName,
): void {
  for (const task of tasks) policyOf(task, named, name);
}
