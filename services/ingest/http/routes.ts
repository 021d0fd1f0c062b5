import { EpeeError } from '@epee/errors';
import type { KnownPolicies } from '@epee/stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AcceptContext, acceptLines, acceptNote, type NotesRequest, type StreamOutcome } from '../accepting/accept.ts';
import type { Admission } from './admission.ts';
import { sendProblem } from './answers.ts';
import { mediaType } from './media-type.ts';
import { receive, type SenderLimits } from './receive.ts';
import { declaredBytes, discard, policyOf } from './request.ts';

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';
const WANTED = `The content type of notes must be ${JSON_TYPE} (one note) or ${LINES_TYPE} (one per line), in UTF-8 and not compressed`;

/** Who may enter, and how slow a sender may be. */
export interface Entrance {
  readonly admission: Admission;
  readonly limits: SenderLimits;
}

/** Adds `POST /v1/notes`. */
export function addNoteRoutes(
  app: FastifyInstance,
  context: AcceptContext & { readonly policies: KnownPolicies },
  { admission, limits }: Entrance,
): void {
  app.removeAllContentTypeParsers();
  // The handlers read the bodies themselves, within their limits.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/v1/notes', async (request, reply) => {
    try {
      const type = mediaType(request, [JSON_TYPE, LINES_TYPE], WANTED);
      const isStream = type === LINES_TYPE;
      const lease = admission.enter(request.ip);
      try {
        const heldMaxBytes = isStream ? context.windowBytes + context.noteMaxBytes : context.noteMaxBytes;
        const notes = {
          body: receive(request.raw.iterator({ destroyOnReturn: false }), { lease, limits, heldMaxBytes, isStream }),
          declaredBytes: declaredBytes(request),
          policy: policyOf(request, context.policies),
        };
        return isStream ? await answerLines(reply, context, notes) : reply.code(202).send(await acceptNote(context, notes));
      } finally {
        lease.leave();
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
    throw new EpeeError('REQUEST_JSON_INVALID', 'The request is empty: it has no note', { stage: 'ingest' });
  }
  return reply.code(streamStatus(counts)).send(counts);
}

/** 202: all notes accepted; 207: some; 400: none. */
const streamStatus = ({ accepted, rejectedCount }: Omit<StreamOutcome, 'error'>) => (rejectedCount === 0 ? 202 : accepted > 0 ? 207 : 400);
