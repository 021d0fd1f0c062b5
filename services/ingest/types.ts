import type { Codec, InputRecord } from '@epee/avro';
import type { Logger, Metrics } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';

/** Writes records to a topic and resolves when all replicas have them. Rejects when that is not certain. */
export type Publish = (records: readonly InputRecord[]) => Promise<unknown>;

/** What ingest works with. */
export interface IngestDeps extends Pick<Surroundings, 'nowMs' | 'monotonicMs'>, Partial<Pick<Surroundings, 'sleep'>> {
  /** To the notes topic. */
  readonly publish: Publish;
  /** To the images topic. */
  readonly publishImages: Publish;
  /** Rejects where Kafka cannot be reached now; asked by `/ready`. */
  readonly checkReachable: () => Promise<unknown>;
  readonly codec: Pick<Codec, 'encodeNote' | 'encodeImage'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
