import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningProjector, startProjector } from '@epee/projector';
import type { ExtractionResult } from '@epee/records';
import { createProjectionStore, type ProjectionStore } from '@epee/redis';
import type { OutgoingRecord } from '@epee/stream';
import { createLogger, createMetrics } from '@epee/telemetry';
import { type LocalRedis, startRedis } from '../../../deploy/local/index.ts';
import { resultOf } from '../../support/records.ts';
import { eventually, openScene, type Scene } from '../worker-support/scene.ts';

/** Topics with random names, a Redis of its own, and projectors started on them. */
export interface ProjectorScene extends Scene {
  readonly redis: LocalRedis;
  /** Reads Redis; not the projector's own connection. */
  readonly store: ProjectionStore;
  readonly group: string;
  result(over: Partial<ExtractionResult> & Pick<ExtractionResult, 'documentId' | 'version'>): ExtractionResult;
  publishResults(results: readonly ExtractionResult[]): Promise<void>;
  publishRaw(records: readonly OutgoingRecord[]): Promise<void>;
  start(options?: { readonly checkEveryMs?: number; readonly stopTimeoutMs?: number }): Promise<RunningProjector>;
  /** Waits until the group has committed the end of the results topic. */
  caughtUp(): Promise<void>;
  get(projector: RunningProjector, path: string): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

/** Makes the topics and starts a Redis. */
export async function openProjectorScene({ partitions = 2 } = {}): Promise<ProjectorScene> {
  const scene = await openScene({ partitions });
  const dir = mkdtempSync(join(tmpdir(), 'epee-redis-'));
  const redis = await startRedis({ dir, removeDir: dir });
  const connect = () => createProjectionStore({ url: redis.url, password: null, streamMaxLength: 1000 });
  const store = await connect();
  const group = `${scene.options.consumer.group}.projector`;
  const started: RunningProjector[] = [];
  const { topics } = scene.options;

  return {
    ...scene,
    redis,
    store,
    group,
    result: resultOf,
    publishResults: async (results) => {
      await scene.producer.send(
        topics.results,
        results.map((result) => ({ key: result.documentId, value: scene.codec.encodeResult(result) })),
      );
    },
    publishRaw: async (records) => void (await scene.producer.send(topics.results, records)),
    async start({ checkEveryMs = 60_000, stopTimeoutMs = 3000 } = {}) {
      const options = { ...scene.options, consumer: { ...scene.options.consumer, group }, stopTimeoutMs };
      const log = createLogger({ service: 'projector', level: 'silent' });
      const deps = { kafka: scene.kafka, store: await connect(), codec: scene.codec, log, metrics: createMetrics(), checkEveryMs };
      const projector = await startProjector(options, deps);
      started.push(projector);
      return projector;
    },
    caughtUp: () =>
      eventually('the group has committed the end of the results topic', async () => {
        const lags = await scene.admin.lag(group, topics.results);
        return lags.every(({ lag }) => lag === 0n) ? true : undefined;
      }).then(() => undefined),
    async get(projector, path) {
      const answer = await fetch(`http://127.0.0.1:${projector.port}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    async close() {
      await Promise.all(started.map((projector) => projector.stop()));
      store.close();
      await redis.stop();
      rmSync(dir, { recursive: true, force: true });
      await scene.close();
    },
  };
}
