import { EpeeError, type Stage } from '@epee/errors';

/** Whether a text has the form of a policy's name. Anything else may be anything, a record's text included, and must not be repeated. */
export const isPolicyName = (text: string): boolean => /^[a-z][a-z0-9-]{0,63}$/.test(text);

/** Names of the policies that every task of a model package has; null where they are not known. */
export type KnownPolicies = readonly string[] | null;

/** A policy that notes or images are to follow. */
export interface AskedPolicy {
  readonly policy: string;
  /** How it was named, for the message: `--policy`. */
  readonly given: string;
  readonly stage: Stage;
}

/**
 * Checks a policy before the first note that is to follow it. Where the policies are not known, the worker decides.
 * @throws EpeeError POLICY_UNKNOWN
 */
export function demandPolicy({ policy, given, stage }: AskedPolicy, known: KnownPolicies): void {
  if (known === null || known.includes(policy)) return;
  throw new EpeeError('POLICY_UNKNOWN', `${given} ${policy.slice(0, 64)} is unknown: the model package has ${known.join(', ')}`, {
    stage,
    details: { known },
    hint: "Name one of these. EPEE_MODEL_DIR, or EPEE_IMAGE_MODEL_DIR for images, must lead to the worker's package.",
  });
}
