import type { Codec } from '@epee/avro';
import type { WorkerConfig } from '@epee/config';
import type { EpeeError } from '@epee/errors';
import type { ImageReader } from '@epee/imaging';
import type { Kafka } from '@epee/kafka';
import type { Turn } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import type { Logger, Metrics } from '@epee/telemetry';
import type { NoteToRead } from '@epee/text';
import type { Surroundings } from '@epee/work';

/** Extracts from notes. Holds the model. */
export interface NoteExtractor {
  /**
   * Answers in the order of the notes: the result, or why there is none (POLICY_UNKNOWN where a note names a policy that the model package does not have). A note
   * that fails does not fail the others. Rejects only when none can be worked on.
   * @param policyName policy of notes that name none
   * @param turn whose turn it is in the engine @default one user for all
   */
  extract(notes: readonly NoteToRead[], policyName: string, turn?: Turn): Promise<readonly (ExtractionResult | EpeeError)[]>;
  /** Waits for what runs, then frees the model. */
  close(): Promise<void>;
}

/** What the worker reads images with. Holds the image model. */
export interface ImageWork {
  readonly decode: Codec['decodeImage'];
  readonly reader: ImageReader;
  /** Waits for what runs, then frees the model. */
  close(): Promise<void>;
}

/** Options that the worker reads. */
export type WorkerOptions = Pick<WorkerConfig, 'consumer' | 'topics' | 'policy' | 'http' | 'stopTimeoutMs' | 'noteMaxBytes'> &
  Partial<Pick<WorkerConfig, 'topicPolicies' | 'recordMaxCrashes'>>;

/** What the worker works with. */
export interface WorkerDeps {
  readonly kafka: Kafka;
  readonly codec: Pick<Codec, 'decodeNote' | 'encodeResult'>;
  readonly extractor: NoteExtractor;
  /** Left out: images are not read, and their topic is not subscribed to. */
  readonly images?: ImageWork;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** @default the process' clocks */
  readonly surroundings?: Surroundings;
}

/** A running worker. */
export interface RunningWorker {
  /** Port of health and metrics. */
  readonly port: number;
  /** Finishes the sub-batches in flight, or abandons them after `stopTimeoutMs`, leaves the group and frees the model. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects with what ended the worker. */
  readonly done: Promise<void>;
}
