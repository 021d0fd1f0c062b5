import type { Server, Socket } from 'node:net';
import { EpeeError } from '@epee/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Bounds the connections, because each one may hold a request's headers and what its socket has
 * read ahead. A connection beyond `max` gets 503 with Retry-After for its notes and is closed, but
 * health and metrics are answered. Connections beyond twice `max` are dropped.
 * @param clientMax connections from one address; a further one gets 429 instead @default `max`
 */
export function limitConnections(app: FastifyInstance, max: number, clientMax: number = max): void {
  const server: Server = app.server;
  const beyond = new WeakSet<Socket>();
  const beyondClient = new WeakSet<Socket>();
  const byClient = new Map<string, number>();
  let open = 0;
  server.maxConnections = 2 * max;
  server.on('connection', (socket) => {
    const client = socket.remoteAddress ?? '';
    const own = (byClient.get(client) ?? 0) + 1;
    byClient.set(client, own);
    open += 1;
    if (open > max) beyond.add(socket);
    else if (own > clientMax) beyondClient.add(socket);
    socket.once('close', () => {
      open -= 1;
      const left = byClient.get(client)! - 1;
      if (left === 0) byClient.delete(client);
      else byClient.set(client, left);
    });
  });
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    if (request.method !== 'POST') return;
    const { socket } = request.raw;
    if (!beyond.has(socket) && !beyondClient.has(socket)) return;
    reply.header('connection', 'close');
    if (beyondClient.has(socket)) throw tooMany(clientMax);
    throw new EpeeError('INGEST_OVERLOADED', `The limit of ${max} open connections is reached`, {
      stage: 'ingest',
      details: { maxConnections: max },
      hint: 'Send again later, over fewer connections; EPEE_INGEST_MAX_CONNECTIONS sets the limit.',
    });
  });
}

const tooMany = (clientMax: number) =>
  new EpeeError('INGEST_CLIENT_OVERLOADED', `The limit of ${clientMax} open connections from one address is reached`, {
    stage: 'ingest',
    details: { clientMaxConnections: clientMax },
    hint: 'Send over fewer connections; EPEE_INGEST_CLIENT_MAX_PERCENT sets the share of one address.',
  });
