import { EpeeError } from '@epee/errors';
import type { FastifyRequest } from 'fastify';

/**
 * A request's content type, if it is one of those that a route takes: not compressed, and text in UTF-8.
 * @param wanted what the route takes, for the message
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
