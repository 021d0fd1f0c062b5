/**
 * State of a batch import. `importing`: its files are read and sent; `paused`; `extracting`: all is
 * sent, results are awaited; `done`: every note has its result or is a dead letter; `cancelled`;
 * `failed`: it cannot continue by itself.
 */
export type BatchState = 'importing' | 'paused' | 'extracting' | 'done' | 'cancelled' | 'failed';

/** What an import was asked to do. */
export interface BatchDefinition {
  /** A lower-case letter, then letters, digits and "-". */
  readonly id: string;
  readonly createdAtMs: number;
  /** Absolute paths of files and folders, as the jobs service sees them. */
  readonly paths: readonly string[];
  /** Named exit policy, or null for the worker's own. */
  readonly policy: string | null;
  /** Source of notes that name none. */
  readonly source: string;
  /** Version of notes that name none. */
  readonly version: string;
  /** Notes per second at most; null: no limit. */
  readonly notesPerSecond: number | null;
  /** Rows of one chunk at most. */
  readonly chunkRows: number;
  readonly csv: { readonly delimiter: string; readonly columns: Readonly<Record<string, string>> };
}

/** A place in the files of an import: everything before it was read. */
export interface BatchPosition {
  /** Which of the definition's paths, from 0. */
  readonly root: number;
  /** Path of the file below that path; empty where that is a file itself. */
  readonly file: string;
  /** Whether the file was read to its end. */
  readonly ended: boolean;
  /** Line and byte (of the unpacked content) from which to resume. */
  readonly line: number;
  readonly byte: number;
  /** Size and time of change, milliseconds since 1970 UTC, that the file had when it was begun. */
  readonly size: number;
  readonly modifiedMs: number;
  /** Bytes of the files before this one, and of all that was read; as they lie on the disk. */
  readonly filesBytes: number;
  readonly readBytes: number;
}

/** A row that could not be read. */
export interface BatchProblem {
  /** `FILE:LINE`, or the file. */
  readonly where: string;
  readonly code: string;
  readonly message: string;
}

/** What came of reading one chunk. */
export interface ChunkOutcome {
  readonly notes: number;
  readonly problems: readonly BatchProblem[];
  readonly position: BatchPosition | null;
  /** Whether it was the last one. */
  readonly last: boolean;
}

/** Sizes of an import's files, found before the first is read. */
export interface BatchTotals {
  readonly files: number;
  readonly bytes: number;
  /** Ends of the results topic's partitions at that time: results of the import come after. */
  readonly resultOffsets: Readonly<Record<string, string>>;
}

/** Why an import failed. */
export interface BatchFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** All that is known of an import. */
export interface BatchJob extends BatchDefinition {
  readonly state: BatchState;
  /** Grows with every resume, so that what is left of an earlier run is recognised. */
  readonly run: number;
  /** Number of the chunk that is read next, from 0. */
  readonly nextChunk: number;
  readonly position: BatchPosition | null;
  readonly totals: BatchTotals | null;
  /** Process that claimed the next chunk. */
  readonly owner: string | null;
  /** What was read of the next chunk before it was sent. */
  readonly intent: (ChunkOutcome & { readonly chunk: number }) | null;
  readonly failure: BatchFailure | null;
  /** Notes sent, rows that could not be read, results, dead letters. */
  readonly sent: number;
  readonly unreadable: number;
  readonly extracted: number;
  readonly deadLetters: number;
  readonly deadLettersByCode: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
  readonly startedAtMs: number | null;
  readonly sentAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** A result or a dead letter of an import, as the counter sees it. */
export interface BatchEntry {
  readonly offset: bigint;
  readonly job: string;
  /** Code of a dead letter, or null for a result. */
  readonly code: string | null;
  /** Code of the dead letter from which its note was sent back, or null: the note was counted under it. */
  readonly formerCode: string | null;
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
}

/** Records of one partition, counted together. */
export interface BatchCount {
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly BatchEntry[];
  /** Offset up to which the partition is counted when the entries are. */
  readonly through: bigint;
  readonly nowMs: number;
  /** Id of the log's topic. @default not known */
  readonly log?: string | null;
}

/** Batch imports in Redis. Every method throws EpeeError REDIS_UNREACHABLE or REDIS_REFUSED. */
export interface BatchStore {
  /** Keeps a new import, in state `importing`. */
  create(definition: BatchDefinition): Promise<void>;
  get(id: string): Promise<BatchJob | null>;
  /** The latest first. @param limit @default 1000 */
  list(limit?: number): Promise<BatchJob[]>;
  /** The state of every import that is kept, the oldest first. */
  states(): Promise<readonly { readonly id: string; readonly state: BatchState }[]>;
  /** Moves from one of some states to another; answers the state that it found. */
  move(
    id: string,
    from: readonly BatchState[],
    to: BatchState,
    nowMs: number,
  ): Promise<{ readonly moved: boolean; readonly state: BatchState | null }>;
  fail(id: string, failure: BatchFailure, nowMs: number): Promise<void>;
  plan(id: string, totals: BatchTotals, nowMs: number): Promise<void>;
  /**
   * Makes `owner` the one who works on a chunk, where it is the next one of a running import.
   * Answers the import as it was before, or null where it is not.
   */
  claim(claim: ChunkClaim): Promise<BatchJob | null>;
  /** Stores what was read of a chunk; false where another owner has claimed it since. */
  intend(claim: ChunkClaim, outcome: ChunkOutcome): Promise<boolean>;
  /** Counts a chunk that was sent, once; false where it was counted before. */
  advance(claim: Pick<ChunkClaim, 'id' | 'chunk'>, outcome: ChunkOutcome, nowMs: number): Promise<boolean>;
  /**
   * Counts records once each, however often they come, and each note by what became of it last;
   * false where another log of the partition is counted now, and nothing was done.
   */
  count(batch: BatchCount): Promise<boolean>;
  /** Says that a partition's log is counted now; true where another one was counted before, whose offset is forgotten then. @param id of the topic */
  enterLog(topic: string, partition: number, id: string): Promise<boolean>;
  /** Last counted offset of a partition. */
  counted(topic: string, partition: number): Promise<bigint | null>;
  /** Forgets a partition's offset. */
  forgetCounted(topic: string, partition: number): Promise<void>;
  /** Rows that could not be read, in their order, at most the first {@link PROBLEMS_KEPT}. */
  problems(id: string, limit?: number): Promise<BatchProblem[]>;
  close(): void;
}

/** A chunk of a run of an import, and who works on it. */
export interface ChunkClaim {
  readonly id: string;
  readonly run: number;
  readonly chunk: number;
  readonly owner: string;
}
