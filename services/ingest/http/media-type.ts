import { EpeeError } from '@epee/errors';
import type { FastifyRequest } from 'fastify';

/**
 * The content type of a request, checked: one of the accepted ones, not compressed, and UTF-8.
 * @param wanted the message of the error: what the route accepts
 * @throws EpeeError REQUEST_MEDIA_TYPE_UNSUPPORTED
 */
export function mediaType<T extends string>({ headers }: FastifyRequest, accepted: readonly T[], wanted: string): T {
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  const encoding = headers['content-encoding'] ?? 'identity';
  const found = accepted.find((name) => name === type);
  if (found !== undefined && (charset === undefined || charset === 'utf-8' || charset === 'utf8') && encoding === 'identity') return found;
  throw new EpeeError('REQUEST_MEDIA_TYPE_UNSUPPORTED', wanted, { stage: 'ingest', hint: 'Set the content-type header.' });
}
