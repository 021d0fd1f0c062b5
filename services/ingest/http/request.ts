import type { IncomingMessage } from 'node:http';
import { EpeeError } from '@epee/errors';
import type { KnownPolicies } from '@epee/stream';
import type { FastifyRequest } from 'fastify';
import { checkPolicyName } from '../accepting/policy-name.ts';

/**
 * Bytes of a refused body that are read and dropped. Without that, the caller would see a reset
 * connection instead of the answer.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** A request's `content-length`, or `null`. */
export function declaredBytes({ headers }: FastifyRequest): number | null {
  const value = headers['content-length'];
  return value === undefined ? null : Number(value);
}

/**
 * The policy that a request names in its header or its query, or `null`.
 * @param known policies of the model package
 * @param others the other query parameters of the route
 * @throws EpeeError REQUEST_FIELD_INVALID, POLICY_UNKNOWN
 */
export function policyOf({ headers, query }: FastifyRequest, known: KnownPolicies, others: readonly string[] = []): string | null {
  const parameters = query as Record<string, string | string[]>;
  if (Object.keys(parameters).some((name) => name !== 'policy' && !others.includes(name)))
    throw badQuery(
      others.length === 0
        ? 'The only query parameter of this route is policy'
        : `The query parameters of this route are ${others.join(', ')} and policy`,
    );
  const given = [headers['x-epee-policy'], parameters.policy].flat().filter((name) => name !== undefined);
  if (given.length > 1) throw badQuery('The policy is given more than once');
  return given[0] === undefined ? null : checkPolicyName(given[0], 'policy', known);
}

const badQuery = (message: string) => new EpeeError('REQUEST_FIELD_INVALID', message, { stage: 'ingest', details: { path: 'policy' } });

/** Reads and drops the rest of a refused body. */
export function discard(raw: IncomingMessage): void {
  if (raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) raw.destroy();
  });
  raw.on('error', () => undefined);
}
