import type { Codec } from '@epee/avro';
import type { ProjectorConfig } from '@epee/config';
import type { Kafka } from '@epee/kafka';
import type { ProjectionStore } from '@epee/redis';
import type { Logger, Metrics } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';

/** Options that the projector reads. */
export type ProjectorOptions = Pick<ProjectorConfig, 'consumer' | 'topics' | 'http' | 'stopTimeoutMs' | 'noteMaxBytes'>;

/** What the projector works with. */
export interface ProjectorDeps {
  readonly kafka: Kafka;
  readonly store: ProjectionStore;
  readonly codec: Pick<Codec, 'decodeResult'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** @default the process' clocks */
  readonly surroundings?: Surroundings;
  /** How often to check that Redis still has what it acknowledged, milliseconds. @default 10000 */
  readonly checkEveryMs?: number;
}

/** A running projector. */
export interface RunningProjector {
  /** Port of health and metrics. */
  readonly port: number;
  /** Finishes the sub-batches in flight, or abandons them after `stopTimeoutMs`. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects with what ended the projector. */
  readonly done: Promise<void>;
}
