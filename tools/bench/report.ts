import type { Ratio } from '@epee/timing';
import type { Machine } from './machine.ts';

/** What can be measured. */
export type BenchPart = 'exits' | 'peers' | 'pipeline' | 'transactions' | 'latency';

/** Rows that were measured on. */
export interface RowsUsed {
  /** What they are, such as `PHEE dev sentences`. */
  readonly name: string;
  readonly rows: number;
  readonly meanTokens: number;
  /** Rows by model task. */
  readonly byTask: Readonly<Record<string, number>>;
}

/** Exits measured on one kind of rows, at one precision and batch size. */
export interface ExitMeasurement {
  readonly rows: RowsUsed;
  readonly precision: 'fp32' | 'int8';
  readonly batchRows: number;
  readonly rounds: number;
  /** Steady time of all rows over their number, milliseconds. */
  readonly rowMs: { readonly plain: number; readonly full: number; readonly exits: number };
  readonly meanExitLayer: number;
  /** Fewer layers, each row counted alike. */
  readonly rowSpeedUp: number;
  /** Fewer layers, each row counted by its tokens. Time grows with tokens x layers, so efficiency compares with this one. */
  readonly tokenSpeedUp: number;
  /** Time of the exit graph with exits off over its time with exits. */
  readonly timeSpeedUp: Ratio;
  /** Time of the plain graph over the time of the exit graph with exits. */
  readonly plainSpeedUp: Ratio;
  /** `timeSpeedUp` / `tokenSpeedUp`. */
  readonly efficiency: number;
  /** `timeSpeedUp` / `rowSpeedUp`. */
  readonly rowEfficiency: number;
  /** Time of the exit graph with exits off over that of the plain graph. */
  readonly overhead: Ratio;
}

/** One way to run the same rows. */
export interface PeerSide {
  readonly name: string;
  /** Steady time, milliseconds a row. */
  readonly rowMs: number;
  /** Time of PyTorch as the authors of EPEE run it over this side's: batch 1, exits, rows padded to 512 tokens. */
  readonly againstAuthors: Ratio;
  /** Time of PyTorch at batch 1 with exits, nothing padded, over this side's. */
  readonly againstPyTorch: Ratio;
  /** Time of transformers.js at its best batch over this side's; null where it was not measured. */
  readonly againstTransformersJs: Ratio | null;
}

/** PyTorch and transformers.js beside the exit graph. */
export interface PeerMeasurement {
  readonly rows: RowsUsed;
  readonly torch: string;
  readonly python: string;
  readonly rounds: number;
  /** Rows that left after the same layer in PyTorch and in the exit graph (fp32). */
  readonly sameExits: number;
  readonly sides: readonly PeerSide[];
}

/** Processor time of a program while notes went through, seconds. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** A process's memory when a part of the notes was done. */
export interface MemoryPoint {
  /** Part of the notes, 0 to 1. */
  readonly part: number;
  readonly rssMiB: number;
}

/** Notes through Kafka beside the same notes without. */
export interface PipelineMeasurement {
  readonly source: string;
  readonly notes: number;
  readonly meanCharacters: number;
  readonly policy: string;
  readonly precision: string;
  readonly engineThreads: number;
  readonly topicPartitions: number;
  /** Parts in which both ways took turns. */
  readonly parts: number;
  readonly extractSeconds: number;
  /** From the first note sent until the last result could be read from its topic. */
  readonly kafkaSeconds: number;
  /** Until Redis had the last result as well. */
  readonly redisSeconds: number;
  /** Kafka's time over extract's: of the sums. */
  readonly ratio: number;
  /** The same, part by part. */
  readonly ratios: readonly number[];
  readonly extractNotesPerSecond: number;
  readonly kafkaNotesPerSecond: number;
  /** Notes whose results hold the same items both ways. */
  readonly sameResults: number;
  readonly deadLetters: number;
  readonly meanExitLayer: number;
  readonly layersSaved: number;
  /** Processor time of each program while notes went through Kafka, and of this one while it extracted. */
  readonly cpuSeconds: CpuSeconds | null;
  readonly workerMemory: readonly MemoryPoint[];
  readonly projectorMemory: readonly MemoryPoint[];
  /** Ingest's, while it took the same notes over HTTP in a run of its own. */
  readonly ingestMemory: readonly MemoryPoint[];
}

/** Notes through a worker with transactions beside one that writes at least once, without them. */
export interface TransactionMeasurement {
  readonly source: string;
  readonly notes: number;
  readonly policy: string;
  readonly precision: string;
  readonly engineThreads: number;
  readonly topicPartitions: number;
  /** Parts in which both took turns. */
  readonly parts: number;
  readonly transactionsNotesPerSecond: number;
  readonly plainNotesPerSecond: number;
  /** Throughput with transactions over that without: of the sums. */
  readonly ratio: number;
  /** Of the parts' ratios, the middle one. */
  readonly medianRatio: number;
  readonly ratios: readonly number[];
}

/** Times of single notes from HTTP to Redis, under one load. */
export interface LatencyRow {
  readonly name: string;
  /** Null: one note after the other. */
  readonly offeredNotesPerSecond: number | null;
  readonly notes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Its p99 over that of one note after the other. */
  readonly againstLone: number;
}

/** How long single notes take from HTTP to Redis. */
export interface LatencyMeasurement {
  readonly source: string;
  readonly policy: string;
  readonly precision: string;
  readonly engineThreads: number;
  readonly topicPartitions: number;
  readonly secondsPerRow: number;
  /** Notes per second when all are sent at once. */
  readonly capacityNotesPerSecond: number;
  readonly rows: readonly LatencyRow[];
}

/** What was measured; this is the JSON of `epee bench`. */
export interface BenchReport {
  readonly formatVersion: 3;
  /** ISO date of the day. */
  readonly date: string;
  readonly seconds: number;
  /** The command that measures the same again; the folder of the data is called DATA. */
  readonly command: string;
  readonly machine: Machine;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    readonly layers: number;
    readonly hidden: number;
    readonly policy: string;
    /** The policy's values by task. */
    readonly policies: Readonly<Record<string, { readonly entropyThreshold: number | 'off'; readonly patience: number | 'off' }>>;
  };
  /** Null where a part was not measured. */
  readonly exits: readonly ExitMeasurement[] | null;
  readonly peers: readonly PeerMeasurement[] | null;
  readonly pipeline: PipelineMeasurement | null;
  readonly transactions: TransactionMeasurement | null;
  readonly latency: LatencyMeasurement | null;
  /** Why a part was left out, in words. */
  readonly leftOut: readonly string[];
}
