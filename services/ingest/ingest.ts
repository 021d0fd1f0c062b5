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
 * Starts the HTTP server for notes and images. It answers 202 only after all replicas of the topic
 * have the record.
 * @throws EpeeError CONFIG_INVALID where the server cannot listen on the address
 */
export async function startIngest(
  config: Pick<IngestConfig, 'http' | 'noteMaxBytes' | 'imageMaxPixels' | 'maxInFlightBytes' | 'maxConnections' | 'stopTimeoutMs'> &
    Partial<Pick<IngestConfig, 'policies' | 'clientMaxPercent' | 'maxRequestMs' | 'minBytesPerSecond'>>,
  deps: IngestDeps,
): Promise<Ingest> {
  const { app, markStopping, drain } = createIngestApp(config, deps);
  const { host } = config.http;
  const port = await listen(app, config.http);
  deps.logger.info('ingest accepts notes and images', { host, port });
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

/**
 * Accepts no more connections and waits for the requests in flight; closes the connections that
 * outlast the limit.
 */
async function close(app: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  await app.close();
  clearTimeout(timer);
}
