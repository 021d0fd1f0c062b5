import { EpeeError } from '@epee/errors';
import { isPolicyName } from '@epee/stream';

/**
 * Checks the form of a policy's name. Only the worker knows whether the model has such a policy.
 * @param path header or parameter that gave the name, for the message
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function checkPolicyName(name: string, path: string): string {
  if (isPolicyName(name)) return name;
  throw new EpeeError(
    'REQUEST_FIELD_INVALID',
    `${path} must be the name of a policy: a lower-case letter, then up to 63 lower-case letters, digits or "-"`,
    {
      stage: 'ingest',
      details: { path },
    },
  );
}
