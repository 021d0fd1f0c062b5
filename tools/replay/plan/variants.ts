import { EpeeError } from '@epee/errors';

/** A model package under a policy, not yet opened. */
export interface VariantRequest {
  /** A, B, ... */
  readonly id: string;
  readonly modelDir: string;
  readonly policy: string;
}

/** What `--policy` and `--model` say, and what holds without them. */
export interface VariantFlags {
  readonly policies: readonly string[];
  readonly models: readonly string[];
  readonly defaultModel: string;
  readonly defaultPolicy: string;
}

const MOST = 8;

/**
 * Each model under each policy, in the order in which they were named: A is the first. With neither
 * named, full depth is compared with the configured policy.
 * @throws EpeeError USAGE_INVALID where there are too many
 */
export function requestedVariants({ policies, models, defaultModel, defaultPolicy }: VariantFlags): VariantRequest[] {
  const dirs = models.length === 0 ? [defaultModel] : models;
  const names = policies.length > 0 ? policies : models.length === 0 ? [...new Set(['full', defaultPolicy])] : [defaultPolicy];
  const pairs = dirs.flatMap((modelDir) => names.map((policy) => ({ modelDir, policy })));
  if (pairs.length > MOST)
    throw new EpeeError(
      'USAGE_INVALID',
      `${dirs.length} models under ${names.length} policies are ${pairs.length} variants; at most ${MOST} are compared`,
      {
        stage: 'cli',
      },
    );
  return pairs.map((pair, at) => ({ id: String.fromCharCode(65 + at), ...pair }));
}
