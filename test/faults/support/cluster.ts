import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalKafka, type LocalRedis, startKafka, startRedis } from '../../../deploy/local/index.ts';

/** Three brokers and a Redis, made to be killed. */
export interface Cluster {
  readonly kafka: LocalKafka;
  readonly redis: LocalRedis;
  /** Folder of data and logs. */
  readonly dir: string;
  /** Stops everything. @param keep whether data and logs stay */
  close(keep?: boolean): Promise<void>;
}

/** Heap of a broker, MiB: three of them share a machine with everything else. */
const HEAP_MB = 256;
const START_MS = 180_000;

/** Starts three brokers (each a controller too; internal topics with three replicas, of which two must have what is acknowledged) and a Redis with append-only file. */
export async function openCluster(options: { readonly signal?: AbortSignal } = {}): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), 'epee-faults-'));
  mkdirSync(join(dir, 'logs'));
  const common = { startMs: START_MS, ...options };
  const [kafka, redis] = await Promise.all([
    startKafka({ ...common, dir: join(dir, 'kafka'), brokers: 3, heapMb: HEAP_MB }),
    startRedis({ ...common, dir: join(dir, 'redis') }),
  ]);
  return {
    kafka,
    redis,
    dir,
    async close(keep = false) {
      await Promise.all([kafka.stop(), redis.stop()]);
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Kills a broker and starts it again on its data. */
export async function bounceBroker({ kafka }: Cluster, at: number): Promise<void> {
  const node = kafka.nodes[at]!;
  await node.kill();
  await node.restart();
}
