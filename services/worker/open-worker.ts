import type { WorkerConfig } from '@epee/config';
import { holdPort, type Logger } from '@epee/telemetry';
import { composeWorker } from './compose.ts';
import { startWorker } from './start-worker.ts';
import type { RunningWorker } from './types.ts';

/**
 * Starts the worker as configured, with real adapters: Kafka, schema registry, model, metrics. Its port is taken first: a second worker
 * on the same port ends before it loads its model or joins a group.
 * @throws EpeeError CONFIG_INVALID (port in use); as {@link composeWorker} and {@link startWorker}; the model is freed then
 */
export async function openWorker(config: WorkerConfig, log: Logger): Promise<RunningWorker> {
  const held = await holdPort(config.http);
  try {
    const deps = await composeWorker(config, log);
    const http = { ...config.http, held };
    return await startWorker({ ...config, http }, deps).catch(async (error) => {
      await Promise.all([deps.extractor.close(), deps.images?.close()]);
      throw error;
    });
  } catch (error) {
    await held.release();
    throw error;
  }
}
