import type { IngestConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { addHealthRoutes, type Probe, type ProbeResult } from '@epee/telemetry';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { type IngestMetrics, ingestMetrics } from '../metrics.ts';
import { type Publishing, watchPublishing } from '../publishing/publishing.ts';
import type { IngestDeps } from '../types.ts';
import { createAdmission } from './admission.ts';
import { isCallers, sendProblem, statusOf } from './answers.ts';
import { answerClientError } from './client-errors.ts';
import { limitConnections } from './connections.ts';
import { addImageRoutes } from './image-routes.ts';
import { addNoteRoutes } from './routes.ts';

/** Longest silence of a connection; longer ones are closed. */
const CONNECTION_TIMEOUT_MS = 60_000;
/** How many notes of the largest size one request may have in flight to Kafka. */
const WINDOW_NOTES = 4;
const REACHABLE_FOR_MS = 5000;
/** Time for the head of a request, and how often Node looks for those that take longer. */
const HEAD_TIMEOUT_MS = 10_000;
const HEAD_CHECK_MS = 2000;

/** The HTTP server before it listens. */
export interface IngestApp {
  readonly app: FastifyInstance;
  /** Makes `/ready` answer no from now on. */
  markStopping(): void;
  /** Waits for the publishes in flight. */
  drain(): Promise<void>;
}

/** Builds the server: note and image routes, health routes, error answers, metrics. */
export function createIngestApp(
  config: Pick<IngestConfig, 'noteMaxBytes' | 'imageMaxPixels' | 'maxInFlightBytes' | 'maxConnections'> &
    Partial<Pick<IngestConfig, 'policies' | 'clientMaxPercent' | 'maxRequestMs' | 'minBytesPerSecond'>>,
  deps: IngestDeps,
): IngestApp {
  const { noteMaxBytes, policies = { notes: null, images: null } } = config;
  const { clientMaxPercent = 100, maxRequestMs = 60_000, minBytesPerSecond = 1024 } = config;
  const clientPart = (limit: number) => Math.max(1, Math.floor((limit * clientMaxPercent) / 100));
  const admission = createAdmission({ maxBytes: config.maxInFlightBytes, clientMaxBytes: clientPart(config.maxInFlightBytes) });
  const entrance = { admission, limits: { maxRequestMs, minBytesPerSecond } };
  const metrics = ingestMetrics(deps.metrics, admission.takenBytes);
  const publishing = watchPublishing(deps, metrics);
  const publishingImages = watchPublishing({ ...deps, publish: deps.publishImages, what: 'images' }, metrics);
  let stopping = false;

  const app = fastify({
    logger: false,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    http: { headersTimeout: HEAD_TIMEOUT_MS, connectionsCheckingInterval: HEAD_CHECK_MS },
  });
  answerErrors(app, deps, metrics);
  limitConnections(app, config.maxConnections, clientPart(config.maxConnections));
  addHealthRoutes(app, {
    liveness: () => firstBad(publishing.liveness(), publishingImages.liveness()),
    readiness: readiness(deps, { isStopping: () => stopping, publishing: [publishing, publishingImages] }),
    metrics: deps.metrics,
  });
  addNoteRoutes(
    app,
    {
      deps,
      publish: publishing.publish,
      recordMaxBytes: deps.recordMaxBytes?.notes,
      metrics,
      noteMaxBytes,
      windowBytes: WINDOW_NOTES * noteMaxBytes,
      policies: policies.notes,
    },
    entrance,
  );
  addImageRoutes(
    app,
    {
      deps,
      publish: publishingImages.publish,
      recordMaxBytes: deps.recordMaxBytes?.images,
      metrics,
      maxPixels: config.imageMaxPixels,
      policies: policies.images,
    },
    entrance,
  );
  return {
    app,
    markStopping: () => {
      stopping = true;
    },
    drain: async () => void (await Promise.all([publishing.drain(), publishingImages.drain()])),
  };
}

const firstBad = (...results: readonly ProbeResult[]): ProbeResult => results.find(({ ok }) => !ok) ?? { ok: true };

/** Asks Kafka, at most once every few seconds, and whether it refused records a moment ago. */
function readiness(
  { checkReachable, monotonicMs }: IngestDeps,
  { isStopping, publishing }: { readonly isStopping: () => boolean; readonly publishing: readonly Pick<Publishing, 'readiness'>[] },
): Probe {
  let reachableAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (isStopping()) return { ok: false, reason: 'stopping' };
    if (monotonicMs() - reachableAtMs > REACHABLE_FOR_MS) {
      await checkReachable();
      reachableAtMs = monotonicMs();
    }
    return firstBad(...publishing.map((each) => each.readiness()));
  };
}

function answerErrors(app: FastifyInstance, { logger }: IngestDeps, metrics: IngestMetrics): void {
  app.setNotFoundHandler(async (_request, reply) => {
    const message = 'There is no such route; the routes are POST /v1/notes, POST /v1/images, GET /health, GET /ready and GET /metrics';
    return sendProblem(reply, new EpeeError('REQUEST_NOT_FOUND', message, { stage: 'ingest' }));
  });
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    if (!isCallers(error) && (error.statusCode ?? 500) < 500) {
      return reply.code(error.statusCode!).send({ code: 'REQUEST_FIELD_INVALID', message: 'The request is not valid HTTP' });
    }
    if (statusOf(error) === 500) logger.error('a request failed', {}, error);
    return sendProblem(reply, error);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.requests.inc({ route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) });
  });
}
