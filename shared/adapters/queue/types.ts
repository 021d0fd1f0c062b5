/** What a queue's job says: chunk, run, import. Nothing else, above all no text or file name. */
export interface ChunkJob {
  readonly import: string;
  readonly run: number;
  readonly chunk: number;
}

/** How to reach Redis. */
export interface QueueOptions {
  /** `redis://` or `rediss://`, without a password. */
  readonly url: string;
  readonly password: string | null;
  /** PEM text of the authority of the server's certificate; null or left out: the system's authorities. */
  readonly ca?: string | null;
  /** Name of the queue; tests take their own. @default epee-batch */
  readonly name?: string;
}

/** Puts chunks into the queue. Methods throw EpeeError REDIS_UNREACHABLE or REDIS_REFUSED. */
export interface ChunkQueue {
  /** Adds a chunk, once: one that is there already is left as it is. */
  add(job: ChunkJob, delayMs?: number): Promise<void>;
  /** Processes that take chunks from the queue now. */
  workers(): Promise<number>;
  close(): Promise<void>;
}

/** What became of a chunk: done, or to be run again after some time. */
export type ChunkEnd = 'done' | { readonly againInMs: number };

/** What running chunks needs. */
export interface ChunkWorkerOptions extends QueueOptions {
  /** Chunks at a time. */
  readonly concurrency: number;
  /** Runs a chunk, perhaps again. After an error it is run again later, with growing pauses. */
  onChunk(job: ChunkJob): Promise<ChunkEnd>;
  /** Is called with what goes wrong outside of chunks: lost connections, mostly. */
  onError(error: unknown): void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Runs chunks. */
export interface ChunkWorker {
  /** Whether it is connected and takes chunks. */
  running(): boolean;
  /** Takes no more chunks and waits for those in flight, at most so long. */
  stop(timeoutMs: number): Promise<void>;
}
