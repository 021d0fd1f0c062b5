import { EpeeError } from '@epee/errors';
import { demandPolicy, isPolicyName, type KnownPolicies } from '@epee/stream';

/**
 * Checks the name of a policy.
 * @param path header or parameter that gave the name, for the message
 * @param known policies of the model package
 * @throws EpeeError REQUEST_FIELD_INVALID, POLICY_UNKNOWN
 */
export function checkPolicyName(name: string, path: string, known: KnownPolicies): string {
  if (isPolicyName(name)) {
    demandPolicy({ policy: name, given: path, stage: 'ingest' }, known);
    return name;
  }
  throw new EpeeError(
    'REQUEST_FIELD_INVALID',
    `${path} must be the name of a policy: a lower-case letter, then up to 63 lower-case letters, digits or "-"`,
    {
      stage: 'ingest',
      details: { path },
    },
  );
}
