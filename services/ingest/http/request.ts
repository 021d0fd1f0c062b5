import type { IncomingMessage } from 'node:http';
import { EpeeError } from '@epee/errors';
import type { FastifyRequest } from 'fastify';
import { checkPolicyName } from '../accepting/policy-name.ts';

/** Least that a request counts: what the server itself keeps for it. */
export const MIN_REQUEST_BYTES = 4096;
/** Bytes of a refused body that are read and dropped, so that the caller gets to read the answer instead of a reset connection. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** A request's `content-length`, or `null`. */
export function declaredBytes({ headers }: FastifyRequest): number | null {
  const value = headers['content-length'];
  return value === undefined ? null : Number(value);
}

/**
 * The policy that a request names in its header or its query, or `null`.
 * @param others other parameters that the query may have
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function policyOf({ headers, query }: FastifyRequest, others: readonly string[] = []): string | null {
  const parameters = query as Record<string, string | string[]>;
  if (Object.keys(parameters).some((name) => name !== 'policy' && !others.includes(name)))
    throw badQuery(
      others.length === 0
        ? 'The only query parameter is policy'
        : `The query parameters are ${others.join(', ')} and policy; there is another`,
    );
  const given = [headers['x-epee-policy'], parameters.policy].flat().filter((name) => name !== undefined);
  if (given.length > 1) throw badQuery('The policy is given more than once');
  return given[0] === undefined ? null : checkPolicyName(given[0], 'policy');
}

const badQuery = (message: string) => new EpeeError('REQUEST_FIELD_INVALID', message, { stage: 'ingest', details: { path: 'policy' } });

/** Reads and drops what is left of a refused body. */
export function discard(raw: IncomingMessage): void {
  if (raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) raw.destroy();
  });
  raw.on('error', () => undefined);
}
