import type { Codec, InputRecord } from '@epee/avro';
import type { Logger, Metrics } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';

/** Writes records to a topic; resolves when all replicas have them, else rejects. */
export type Publish = (records: readonly InputRecord[]) => Promise<unknown>;

/** The collaborators of ingest. */
export interface IngestDeps extends Pick<Surroundings, 'nowMs' | 'monotonicMs'>, Partial<Pick<Surroundings, 'sleep'>> {
  /** To the notes topic. */
  readonly publish: Publish;
  /** To the images topic. */
  readonly publishImages: Publish;
  /** Bytes that one record of a topic may have. @default no limit */
  readonly recordMaxBytes?: { readonly notes: () => Promise<number>; readonly images: () => Promise<number> };
  /** Rejects where Kafka cannot be reached now; `/ready` calls it. */
  readonly checkReachable: () => Promise<unknown>;
  readonly codec: Pick<Codec, 'encodeNote' | 'encodeImage'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
