import type { IngestConfig } from '@epee/config';
import { listen, type Service } from '@epee/telemetry';
import type { FastifyInstance } from 'fastify';
import { createIngestApp } from './http/app.ts';
import type { IngestDeps } from './types.ts';

/** A running ingest. */
export interface Ingest extends Service {
  readonly address: { readonly host: string; readonly port: number };
}

/**
 * Starts the HTTP server that takes notes and images. Each is answered with 202 only after all replicas of its topic have it.
 * @throws EpeeError CONFIG_INVALID where the address cannot be listened on
 */
export async function startIngest(
  config: Pick<IngestConfig, 'http' | 'noteMaxBytes' | 'imageMaxPixels' | 'maxInFlightBytes' | 'maxConnections' | 'stopTimeoutMs'>,
  deps: IngestDeps,
): Promise<Ingest> {
  const { app, markStopping, drain } = createIngestApp(config, deps);
  const { host } = config.http;
  const port = await listen(app, config.http);
  deps.logger.info('ingest takes notes', { host, port });
  let markDone = () => {};
  const done = new Promise<void>((resolve) => {
    markDone = resolve;
  });
  let stopping: Promise<void> | null = null;
  return {
    address: { host, port },
    done,
    stop: () => {
      markStopping();
      stopping ??= close(app, config.stopTimeoutMs).then(drain).finally(markDone);
      return stopping;
    },
  };
}

/** Takes no more connections and waits for the requests in hand; connections that outlast the limit are cut. */
async function close(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  await app.close();
  clearTimeout(timer);
}
