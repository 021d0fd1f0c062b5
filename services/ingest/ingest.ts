import type { IngestConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { addHealthRoutes, listen, type Probe, type Service } from '@epee/telemetry';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { createAdmission } from './admission.ts';
import { isCallers, sendProblem, statusOf } from './answers.ts';
import { type IngestMetrics, ingestMetrics } from './metrics.ts';
import { watchPublishing } from './publishing.ts';
import { addNoteRoutes } from './routes.ts';
import type { IngestDeps } from './types.ts';

/** Longest silence of a connection: ends senders that stall. */
const CONNECTION_TIMEOUT_MS = 60_000;
const WINDOW_NOTES = 4;
const REACHABLE_FOR_MS = 5000;

/** A running ingest. */
export interface Ingest extends Service {
  readonly address: { readonly host: string; readonly port: number };
}

/**
 * Starts the HTTP server that takes notes. A note is answered with 202 only after all replicas of the notes topic have it.
 * @throws EpeeError CONFIG_INVALID where the address cannot be listened on
 */
export async function startIngest(
  config: Pick<IngestConfig, 'http' | 'noteMaxBytes' | 'maxInFlightBytes' | 'stopTimeoutMs'>,
  deps: IngestDeps,
): Promise<Ingest> {
  const admission = createAdmission(config.maxInFlightBytes);
  const metrics = ingestMetrics(deps.metrics, admission.takenBytes);
  const publishing = watchPublishing(deps, metrics);
  let stopping: Promise<void> | null = null;

  const app = fastify({
    logger: false,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  answerErrors(app, deps, metrics);
  addHealthRoutes(app, { liveness: publishing.liveness, readiness: readiness(deps, () => stopping !== null), metrics: deps.metrics });
  const { noteMaxBytes } = config;
  addNoteRoutes(app, { deps, publish: publishing.publish, metrics, noteMaxBytes, windowBytes: WINDOW_NOTES * noteMaxBytes }, admission);

  const port = await listen(app, config.http);
  const { host } = config.http;
  deps.logger.info('ingest takes notes', { host, port });
  let markDone = () => {};
  const done = new Promise<void>((resolve) => {
    markDone = resolve;
  });
  return {
    address: { host, port },
    done,
    stop: () => {
      stopping ??= stop(app, config.stopTimeoutMs)
        .then(() => publishing.drain())
        .finally(markDone);
      return stopping;
    },
  };
}

/** Takes no more connections and waits for the requests in hand; connections that outlast the limit are cut. */
async function stop(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  await app.close();
  clearTimeout(timer);
}

function readiness({ checkReachable, monotonicMs }: IngestDeps, isStopping: () => boolean): Probe {
  let reachableAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (isStopping()) return { ok: false, reason: 'stopping' };
    if (monotonicMs() - reachableAtMs > REACHABLE_FOR_MS) {
      await checkReachable();
      reachableAtMs = monotonicMs();
    }
    return { ok: true };
  };
}

function answerErrors(app: FastifyInstance, { logger }: IngestDeps, metrics: IngestMetrics): void {
  app.setNotFoundHandler(async (_request, reply) =>
    sendProblem(
      reply,
      new EpeeError('REQUEST_NOT_FOUND', 'There are only POST /v1/notes, GET /health, GET /ready and GET /metrics', { stage: 'ingest' }),
    ),
  );
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    if (!isCallers(error) && (error.statusCode ?? 500) < 500)
      return reply.code(error.statusCode!).send({ code: 'REQUEST_FIELD_INVALID', message: 'The request is not valid HTTP' });
    if (statusOf(error) === 500) logger.error('a request failed', {}, error);
    return sendProblem(reply, error);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.requests.inc({ route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) });
  });
}
