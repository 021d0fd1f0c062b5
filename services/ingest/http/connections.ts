import type { Server, Socket } from 'node:net';
import { EpeeError } from '@epee/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Bounds the connections, because each one may hold a request's headers and what its socket has
 * read ahead. A connection beyond `max` gets 503 with Retry-After for its notes and is closed, but
 * health and metrics are answered. Connections beyond twice `max` are dropped.
 */
export function limitConnections(app: FastifyInstance, max: number): void {
  const server: Server = app.server;
  const beyond = new WeakSet<Socket>();
  let open = 0;
  server.maxConnections = 2 * max;
  server.on('connection', (socket) => {
    open += 1;
    if (open > max) beyond.add(socket);
    socket.once('close', () => {
      open -= 1;
    });
  });
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    if (request.method !== 'POST' || !beyond.has(request.raw.socket)) return;
    reply.header('connection', 'close');
    throw new EpeeError('INGEST_OVERLOADED', `The limit of ${max} open connections is reached`, {
      stage: 'ingest',
      details: { maxConnections: max },
      hint: 'Send again later, over fewer connections; EPEE_INGEST_MAX_CONNECTIONS sets the limit.',
    });
  });
}
