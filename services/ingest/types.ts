import type { Codec, InputRecord } from '@epee/avro';
import type { Logger, Metrics } from '@epee/telemetry';

/** Writes records to a topic; resolves when all replicas have them, else rejects. */
export type Publish = (records: readonly InputRecord[]) => Promise<unknown>;

/** The collaborators of ingest. */
export interface IngestDeps {
  /** To the notes topic. */
  readonly publish: Publish;
  /** To the images topic. */
  readonly publishImages: Publish;
  /** Rejects where Kafka cannot be reached now; `/ready` calls it. */
  readonly checkReachable: () => Promise<unknown>;
  readonly codec: Pick<Codec, 'encodeNote' | 'encodeImage'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Wall clock, milliseconds since 1970 UTC. */
  readonly nowMs: () => number;
  /** A monotonic clock, milliseconds. */
  readonly monotonicMs: () => number;
  /** Resolves after a time, or once the signal is aborted. @default a timer */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}
