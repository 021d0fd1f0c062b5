import type { IncomingMessage } from 'node:http';
import { EpeeError } from '@epee/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AcceptContext, acceptLines, acceptNote, type NotesRequest, type StreamOutcome } from './accept.ts';
import type { Admission } from './admission.ts';
import { sendProblem } from './answers.ts';
import { checkPolicyName } from './note-record.ts';

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';
/** Bytes of a refused body that are read and dropped, so that the caller gets to read the answer instead of a reset connection. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** Least that a request counts: what the server itself keeps for it. */
const MIN_REQUEST_BYTES = 4096;

/** Adds `POST /v1/notes`. */
export function addNoteRoutes(app: FastifyInstance, context: AcceptContext, admission: Admission): void {
  app.removeAllContentTypeParsers();
  // Bodies are read by the handlers alone, within their limits.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/v1/notes', async (request, reply) => {
    try {
      const type = mediaType(request);
      const notes = {
        body: request.raw.iterator({ destroyOnReturn: false }),
        declaredBytes: declaredBytes(request),
        policy: policyOf(request),
      };
      const leave = admission.enter(
        type === JSON_TYPE
          ? Math.max(MIN_REQUEST_BYTES, Math.min(notes.declaredBytes ?? context.noteMaxBytes, context.noteMaxBytes))
          : context.windowBytes + context.noteMaxBytes,
      );
      try {
        return type === JSON_TYPE ? reply.code(202).send(await acceptNote(context, notes)) : await answerLines(reply, context, notes);
      } finally {
        leave();
      }
    } finally {
      discard(request.raw);
    }
  });
}

async function answerLines(reply: FastifyReply, context: AcceptContext, notes: NotesRequest): Promise<FastifyReply> {
  const { error, ...counts } = await acceptLines(context, notes);
  if (error !== null) return sendProblem(reply, error, counts);
  if (counts.accepted + counts.rejectedCount === 0) {
    throw new EpeeError('REQUEST_JSON_INVALID', 'The request holds no note: it is empty', { stage: 'ingest' });
  }
  return reply.code(streamStatus(counts)).send(counts);
}

/** 202: all taken; 207: some; 400: none. */
const streamStatus = ({ accepted, rejectedCount }: Omit<StreamOutcome, 'error'>) => (rejectedCount === 0 ? 202 : accepted > 0 ? 207 : 400);

function mediaType({ headers }: FastifyRequest): typeof JSON_TYPE | typeof LINES_TYPE {
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  const encoding = headers['content-encoding'] ?? 'identity';
  if (
    (type === JSON_TYPE || type === LINES_TYPE) &&
    (charset === undefined || charset === 'utf-8' || charset === 'utf8') &&
    encoding === 'identity'
  )
    return type;
  throw new EpeeError(
    'REQUEST_MEDIA_TYPE_UNSUPPORTED',
    `Notes are taken as ${JSON_TYPE} (one) or ${LINES_TYPE} (one a line), in UTF-8 and not compressed`,
    {
      stage: 'ingest',
      hint: 'Set the content-type header.',
    },
  );
}

function declaredBytes({ headers }: FastifyRequest): number | null {
  const value = headers['content-length'];
  return value === undefined ? null : Number(value);
}

function policyOf({ headers, query }: FastifyRequest): string | null {
  const parameters = query as Record<string, string | string[]>;
  if (Object.keys(parameters).some((name) => name !== 'policy')) throw badQuery('The only query parameter is policy');
  const given = [headers['x-epee-policy'], parameters.policy].flat().filter((name) => name !== undefined);
  if (given.length > 1) throw badQuery('The policy is given more than once');
  return given[0] === undefined ? null : checkPolicyName(given[0], 'policy');
}

const badQuery = (message: string) => new EpeeError('REQUEST_FIELD_INVALID', message, { stage: 'ingest', details: { path: 'policy' } });

function discard(raw: IncomingMessage): void {
  if (raw.readableEnded || raw.destroyed) return;
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DISCARDED_BYTES) raw.destroy();
  });
  raw.on('error', () => undefined);
}
