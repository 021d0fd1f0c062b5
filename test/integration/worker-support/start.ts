import { PassThrough } from 'node:stream';
import { createLogger, createMetrics, type Metrics } from '@epee/telemetry';
import { type ImageWork, type NoteExtractor, type RunningWorker, startWorker } from '@epee/worker';
import { fakeExtractor } from './fake-extractor.ts';
import type { Scene } from './scene.ts';

/** A worker in this process, with what it logged and counted. */
export interface TestWorker extends RunningWorker {
  readonly metrics: Metrics;
  /** What was logged so far. */
  log(): string;
}

/** Starts a worker on a scene. */
export async function startTestWorker(
  scene: Pick<Scene, 'kafka' | 'codec' | 'options'>,
  extractor: NoteExtractor = fakeExtractor(),
  images?: ImageWork,
): Promise<TestWorker> {
  const lines: Buffer[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => lines.push(chunk));
  const metrics = createMetrics();
  const log = createLogger({ service: 'worker', level: 'debug', destination });
  const worker = await startWorker(scene.options, {
    kafka: scene.kafka,
    codec: scene.codec,
    extractor,
    ...(images && { images }),
    log,
    metrics,
  });
  return { ...worker, metrics, log: () => Buffer.concat(lines).toString('utf8') };
}
