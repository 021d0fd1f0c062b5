import { workerConfig } from '@epee/config';
import { classify, EpeeError } from '@epee/errors';
import { createLogger } from '@epee/telemetry';
import { composeWorker } from './compose.ts';
import { startWorker } from './start-worker.ts';

/** Time beyond `EPEE_STOP_TIMEOUT_MS` for leaving the group and draining the engine. */
const STOP_GRACE_MS = 15_000;

const early = createLogger({ service: 'worker', level: 'info' });

async function main(): Promise<void> {
  const config = workerConfig(process.env);
  const log = createLogger({ service: 'worker', level: config.logLevel });
  const worker = await startWorker(config, await composeWorker(config, log));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('Stopping', { signal });
      setTimeout(() => process.exit(1), config.stopTimeoutMs + STOP_GRACE_MS).unref();
      worker.stop().catch((error) => log.error('Could not stop cleanly', {}, error));
    });
  }
  await worker.done;
  log.info('Stopped');
}

main().then(
  () => process.exit(0),
  (error) => {
    early.fatal('The worker ends', { code: error instanceof EpeeError ? error.code : 'INTERNAL', action: classify(error) }, error);
    process.exit(1);
  },
);
