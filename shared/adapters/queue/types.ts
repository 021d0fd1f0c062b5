/** What a queue's job says: which chunk of which run of which import. Nothing else, above all no text and no file's name. */
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
  /** Name of the queue; tests take their own. @default epee-batch */
  readonly name?: string;
}

/** Puts chunks into the queue. Methods throw EpeeError REDIS_UNREACHABLE or REDIS_REFUSED. */
export interface ChunkQueue {
  /** Adds a chunk, once: one that is there already is left as it is. */
  add(job: ChunkJob, delayMs?: number): Promise<void>;
  /** Programs that work on the queue now. */
  workers(): Promise<number>;
  close(): Promise<void>;
}

/** What became of a chunk: done, or to be tried again after some time. */
export type ChunkEnd = 'done' | { readonly againInMs: number };

/** What working on chunks needs. */
export interface ChunkWorkerOptions extends QueueOptions {
  /** Chunks at a time. */
  readonly concurrency: number;
  /** Works on a chunk; may be called again for the same one. What it throws is tried again later, with growing pauses. */
  onChunk(job: ChunkJob): Promise<ChunkEnd>;
  /** Told what goes wrong outside of chunks: lost connections, mostly. */
  onError(error: unknown): void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Works on chunks. */
export interface ChunkWorker {
  /** Whether it is connected and takes chunks. */
  running(): boolean;
  /** Takes no more chunks and waits for those in hand, at most so long. */
  stop(timeoutMs: number): Promise<void>;
}
