import type { WorkerConfig } from '@epee/config';
import type { Logger } from '@epee/telemetry';
import { composeWorker } from './compose.ts';
import { startWorker } from './start-worker.ts';
import type { RunningWorker } from './types.ts';

/**
 * Starts the worker as configured, with real adapters: Kafka, schema registry, model, metrics.
 * @throws EpeeError as {@link composeWorker} and {@link startWorker}; the model is freed then
 */
export async function openWorker(config: WorkerConfig, log: Logger): Promise<RunningWorker> {
  const deps = await composeWorker(config, log);
  try {
    return await startWorker(config, deps);
  } catch (error) {
    await Promise.all([deps.extractor.close(), deps.images?.close()]);
    throw error;
  }
}
