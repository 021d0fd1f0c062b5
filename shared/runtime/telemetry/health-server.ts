import type { AddressInfo } from 'node:net';
import { EpeeError } from '@epee/errors';
import { type FastifyInstance, fastify } from 'fastify';
import { cannotListen, type HeldPort, type PortAddress } from './held-port.ts';
import type { Metrics } from './metrics.ts';
import type { Probe, ProbeResult } from './probe.ts';

const PROBE_TIMEOUT_MS = 3000;

/** Collaborators of the health routes. */
export interface HealthOptions {
  /** `GET /health`: whether the process does its work. If not, a supervisor should restart it. */
  readonly liveness: Probe;
  /** `GET /ready`: whether the process can accept work now. */
  readonly readiness: Probe;
  readonly metrics: Metrics;
}

/** Address of a server. */
export interface ListenOptions extends PortAddress {
  /** Holds the port until the server listens. */
  readonly held?: HeldPort;
}

/** A running server. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Finishes the open answers, then ends. */
  stop(): Promise<void>;
}

/**
 * Serves `/health`, `/ready` (200 or 503, JSON `{status, reason?}`) and `/metrics` (Prometheus
 * text).
 * @throws EpeeError CONFIG_INVALID where the server cannot listen on the address
 */
export async function startHealthServer(options: HealthOptions & ListenOptions): Promise<RunningServer> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  addHealthRoutes(app, options);
  const port = await listen(app, options);
  return { host: options.host, port, stop: () => app.close() };
}

/** Adds the health routes to a server that has more routes. */
export function addHealthRoutes(app: FastifyInstance, { liveness, readiness, metrics }: HealthOptions): void {
  for (const [path, probe] of [
    ['/health', liveness],
    ['/ready', readiness],
  ] as const) {
    app.get(path, async (_request, reply) => {
      const { ok, reason } = await ask(probe);
      return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'failing', ...(reason === undefined ? {} : { reason }) });
    });
  }
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text()));
}

/** Starts to listen and answers the port. @throws EpeeError CONFIG_INVALID */
export async function listen(app: FastifyInstance, { host, port, held }: ListenOptions): Promise<number> {
  await held?.release();
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw cannotListen({ host, port }, cause);
  }
  return (app.server.address() as AddressInfo).port;
}

async function ask(probe: Probe): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, reason: `no answer within ${PROBE_TIMEOUT_MS} ms` }), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([probe(), late]);
  } catch (error) {
    return { ok: false, reason: error instanceof EpeeError ? `${error.code}: ${error.message}` : 'the check failed' };
  } finally {
    clearTimeout(timer);
  }
}
