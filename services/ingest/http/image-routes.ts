import { EpeeError } from '@epee/errors';
import { MAX_INLINE_IMAGE_BYTES } from '@epee/records';
import type { KnownPolicies } from '@epee/stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AcceptImageContext, acceptImage, type BodyImage, MAX_IMAGE_JSON_BYTES } from '../accepting/accept-image.ts';
import { mediaType } from './media-type.ts';
import { receive } from './receive.ts';
import { declaredBytes, discard, policyOf } from './request.ts';
import type { Entrance } from './routes.ts';

const JSON_TYPE = 'application/json';
const FORMATS = { 'image/png': 'png', 'image/jpeg': 'jpeg', 'application/octet-stream': 'raw' } as const;
const TYPES = [JSON_TYPE, ...(Object.keys(FORMATS) as (keyof typeof FORMATS)[])] as const;
const WANTED = `The content type of an image must be one of ${TYPES.join(', ')} (raw pixels), not compressed`;
/**
 * Query parameters of an image that is itself the body. References to a patient are headers
 * instead, because proxies log URLs.
 */
const PARAMETERS = ['documentId', 'version', 'source', 'modality', 'width', 'height', 'channels'] as const;

/** Adds `POST /v1/images`, after `addNoteRoutes` has removed the body parsers. */
export function addImageRoutes(
  app: FastifyInstance,
  context: AcceptImageContext & { readonly policies: KnownPolicies },
  { admission, limits }: Entrance,
): void {
  app.post('/v1/images', async (request, reply) => {
    try {
      const type = mediaType(request, TYPES, WANTED);
      const most = type === JSON_TYPE ? MAX_IMAGE_JSON_BYTES : MAX_INLINE_IMAGE_BYTES;
      const lease = admission.enter(request.ip);
      try {
        const image = {
          body: receive(request.raw.iterator({ destroyOnReturn: false }), { lease, limits, heldMaxBytes: most, isStream: false }),
          declaredBytes: declaredBytes(request),
          policy: policyOf(request, context.policies, type === JSON_TYPE ? [] : PARAMETERS),
          fields: type === JSON_TYPE ? null : bodyImage(request, FORMATS[type]),
        };
        return reply.code(202).send(await acceptImage(context, image));
      } finally {
        lease.leave();
      }
    } finally {
      discard(request.raw);
    }
  });
}

function bodyImage({ headers, query }: FastifyRequest, format: BodyImage['format']): BodyImage {
  const parameters = query as Record<string, string | string[] | undefined>;
  const text = (name: (typeof PARAMETERS)[number]): string | null => {
    const value = parameters[name];
    if (Array.isArray(value)) throw invalid(name, 'is given more than once');
    return value ?? null;
  };
  const number = (name: 'width' | 'height' | 'channels'): number | null => {
    const value = text(name);
    if (value === null || /^\d{1,9}$/.test(value)) return value === null ? null : Number(value);
    throw invalid(name, 'must be a whole number');
  };
  const header = (name: string) => (headers[name] === undefined ? null : String(headers[name]));
  const documentId = text('documentId');
  if (documentId === null) throw invalid('documentId', 'is missing; where the body is the image, documentId is a query parameter');
  const version = text('version');
  if (version !== null && !/^\d{1,19}$/.test(version)) throw invalid('version', 'must be a whole number');
  return {
    documentId,
    version: version === null ? 1n : BigInt(version),
    source: text('source') ?? 'http',
    patientRef: header('x-epee-patient-ref'),
    encounterRef: header('x-epee-encounter-ref'),
    modality: text('modality'),
    format,
    width: number('width'),
    height: number('height'),
    channels: number('channels'),
  };
}

const invalid = (path: string, problem: string) =>
  new EpeeError('REQUEST_FIELD_INVALID', `${path} ${problem}`, { stage: 'ingest', details: { path } });
