import type { FetchedRecord, Offset, OutgoingRecord, PartitionSend, TopicPartition } from '@epee/stream';

/** Offsets of a partition, `to` exclusive. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: Offset;
  readonly to: Offset;
}

/** How to reach a cluster. */
export interface KafkaOptions {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** `null`: no TLS. `ca`: PEM text, or `null` for the system's authorities. */
  readonly tls: { readonly ca: string | null } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** Receives what the client library logs. @default nothing is logged */
  readonly log?: KafkaLog;
  /** Longest wait for a connection, milliseconds. @default 3000 */
  readonly connectTimeoutMs?: number;
  /** Compression of what is written; gzip, snappy, lz4 and zstd are read. @default none */
  readonly compression?: CompressionName;
}

/** A line of the client library's log: a message about brokers and groups, never about a record's content, with fields from a fixed list. */
export interface KafkaLogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Takes a log line. */
export type KafkaLog = (entry: KafkaLogEntry) => void;

/** How records are compressed on their way and in the topic. */
export type CompressionName = 'none' | 'gzip';

/** A cluster. Every method makes its own connections; whoever gets an object closes it. */
export interface Kafka {
  /** Connects and asks for metadata, within seconds. @throws EpeeError KAFKA_UNREACHABLE naming the brokers */
  checkReachable(): Promise<void>;
  /** @throws EpeeError KAFKA_UNREACHABLE */
  admin(): Promise<KafkaAdmin>;
  /** @throws EpeeError KAFKA_UNREACHABLE */
  producer(): Promise<KafkaProducer>;
  /** Transactions for one input partition. Nothing is connected before `open`. */
  transactions(options: TransactionsOptions): PartitionTransactions;
  /** Transactions of whoever opened last with an id. Nothing is connected before `open`. */
  exclusive(transactionalId: string): ExclusiveWriter;
  /** Reads ranges of a topic without touching any group that a service uses. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING; what `onRecords` throws */
  scan(options: ScanOptions): Promise<void>;
  /** Joins a group and starts reading. @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING */
  consume(options: ConsumeOptions): Promise<KafkaConsumer>;
}

/** A topic to be made where it does not exist. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  /** Topic configuration, for example `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Offsets of a partition: `low` is the first record kept, `high` one past the last. */
export interface PartitionOffsets {
  readonly partition: number;
  readonly low: Offset;
  readonly high: Offset;
}

/** Offsets of a partition with its last stable offset: what a reader of committed records can see ends there, while a transaction of somebody is open. */
export interface PartitionEnds extends PartitionOffsets {
  readonly stable: Offset;
}

/** How far a group is on a partition. `committed` is `null` where nothing is committed; `lag` counts from the committed or else the first offset. */
export interface PartitionLag {
  readonly partition: number;
  readonly committed: Offset | null;
  readonly lag: bigint;
}

/** Administration. */
export interface KafkaAdmin {
  /** Makes the topics that do not exist; existing ones are left as they are. Answers the names that it made. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** Partitions of a topic, or `null` where it does not exist. */
  partitions(topic: string): Promise<number | null>;
  /** Bytes that one send to the topic may have (`max.message.bytes`), or `null` where the cluster does not tell. */
  maxMessageBytes(topic: string): Promise<number | null>;
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  ends(topic: string): Promise<readonly PartitionEnds[]>;
  /** First offset at or after a time, per partition; the end where there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<readonly { readonly partition: number; readonly offset: Offset }[]>;
  committed(group: string, topic: string): Promise<readonly { readonly partition: number; readonly offset: Offset | null }[]>;
  lag(group: string, topic: string): Promise<readonly PartitionLag[]>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  deleteGroup(group: string): Promise<void>;
  close(): Promise<void>;
}

/** Where a record was written. */
export interface RecordPosition extends TopicPartition {
  readonly offset: Offset;
}

/** Writes records outside transactions: idempotent, acknowledged by all replicas. */
export interface KafkaProducer {
  /**
   * Writes records and answers the position of each, in their order. Records with the same key go to the same partition. Records that are sent while an earlier send
   * to their partition is on its way travel together.
   * @throws EpeeError KAFKA_SEND_FAILED, of which the outcome is unknown: some or all records may have been written; RECORD_TOO_LARGE where the topic does not take one
   * of them: others may have been written; KAFKA_TOPIC_MISSING; KAFKA_FORBIDDEN and the brokers' other refusals
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<readonly RecordPosition[]>;
  /** Bytes that one record of a topic may have, by the topic's own limit. @throws EpeeError KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE; refusals of the brokers */
  recordMaxBytes(topic: string): Promise<number>;
  /** Waits for what is on its way, then disconnects. */
  close(): Promise<void>;
}

/** Which input partition transactions belong to. */
export interface TransactionsOptions extends TopicPartition {
  /** Consumer group whose offset the transactions commit, and prefix of the transactional id. */
  readonly group: string;
}

/**
 * One transactional producer for one input partition, so that a new owner of the partition shuts out the old one (kafkajs has no KIP-447).
 * After an error the outcome is unknown: `open` again, look at the committed offset, decide.
 */
export interface PartitionTransactions {
  readonly transactionalId: string;
  /** Gets a new producer id: shuts out every earlier producer of this partition and ends its transaction. Answers the offset that is then committed. */
  open(): Promise<Offset | null>;
  /** The text beside the offset that `open` answered; empty where there was none. */
  metadata(): string;
  /**
   * Writes `sends` and commits `next` as the group's offset, together or not at all.
   * @param metadata text that is kept beside the offset, at most 4096 bytes (the broker's `offset.metadata.max.bytes`); never clinical text. @default empty
   * @throws EpeeError KAFKA_FENCED when another producer took over, KAFKA_OUTCOME_UNKNOWN for everything else
   */
  commit(sends: readonly PartitionSend[], next: Offset, metadata?: string): Promise<void>;
  close(): Promise<void>;
}

/** Writes to several topics together or not at all, one writer of an id at a time. */
export interface ExclusiveWriter {
  /** Gets a new producer id: shuts out every earlier writer with the transactional id and ends its transaction. @throws EpeeError KAFKA_UNREACHABLE */
  open(): Promise<void>;
  /**
   * Writes `sends` together or not at all.
   * @throws EpeeError KAFKA_FENCED when another writer took over: nothing was written; KAFKA_OUTCOME_UNKNOWN for everything else. `open` again, look, decide
   */
  write(sends: readonly PartitionSend[]): Promise<void>;
  close(): Promise<void>;
}

/** What to read of a topic. */
export interface ScanOptions {
  readonly topic: string;
  /** One per partition; partitions without one are not read. */
  readonly ranges: readonly PartitionRange[];
  /** Takes the committed records of a range, in order within their partition, one call at a time. What it throws ends the scan. */
  onRecords(partition: number, records: readonly FetchedRecord[]): void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** A group member's partitions after a rebalance. */
export interface Assignment {
  /** Grows with every rebalance of this consumer. */
  readonly epoch: number;
  readonly partitions: readonly TopicPartition[];
}

/** The log that a partition's leader has, when it was asked. */
export interface FetchedLog {
  /** Id of the topic, 32 hex digits: another one after the topic was deleted and made anew. Null where the brokers are too old to tell. */
  readonly id: string | null;
  /** First offset that is kept. */
  readonly start: Offset;
  /**
   * Asks for one past the last offset that the log has of a leader epoch: less than what was read in
   * that epoch means that the log was truncated. Null where the broker does not know.
   */
  endOfEpoch(epoch: number): Promise<Offset | null>;
}

/** A position that the broker refused, as it is outside of the log. */
export interface RefusedPosition extends TopicPartition {
  /** Epoch of the assignment. */
  readonly epoch: number;
  readonly position: Offset;
  readonly log: FetchedLog;
}

/** Records of one partition from one fetch. */
export interface FetchedBatch extends TopicPartition {
  /** Epoch of the assignment under which the records were fetched. */
  readonly epoch: number;
  /** Offset that the fetch asked for. */
  readonly fetchedFrom: Offset;
  /** At least one, in order. Markers and records of aborted transactions are left out. */
  readonly records: readonly FetchedRecord[];
  /** Last offset that the fetch covered, markers included. The partition resumes at `lastOffset + 1`. */
  readonly lastOffset: Offset;
  /** One past the partition's last offset. */
  readonly highWatermark: Offset;
  /** Leader epoch of the last offset; null where it is not known. */
  readonly lastEpoch: number | null;
  /** The log that the records are of. */
  readonly log: FetchedLog;
}

/** What a batch handler can do. */
export interface BatchControl {
  /** Tells the group that this member is alive. Call it every second or so, and let what it throws pass: it ends the batch. */
  heartbeat(): Promise<void>;
  /** The partition resumes at `next`. Only after its effects are committed. */
  resolve(next: Offset): void;
  /** The partition resumes at `offset`, whatever was resolved. Return afterwards. */
  seek(offset: Offset): void;
  /** Commits the group's offset, outside transactions. */
  commit(next: Offset): Promise<void>;
  /** No more of the partition is fetched until the member's next assignment. */
  pause(): void;
  /** Whether to continue: `false` when the consumer stops or the partition was moved by `seek`. */
  active(): boolean;
}

/** A group member to be started. */
export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Partitions handled at a time. @default 16 */
  readonly concurrency?: number;
  /** Bytes of one fetch from one partition. @default 1 MiB */
  readonly maxBytesPerPartition?: number;
  /** Bytes of one fetch. @default 8 MiB */
  readonly maxBytes?: number;
  /** Longest wait of a fetch for records, milliseconds. @default 1000 */
  readonly maxWaitMs?: number;
  /** Longest time in which nothing can be fetched before a consumer that lost its cluster gives up, milliseconds. @default 300000 */
  readonly giveUpAfterMs?: number;
  /**
   * Handles a batch; the partition's next comes after it returned. Errors of `heartbeat` must pass: they mean a rebalance or a lost connection, after which the
   * batch is fetched again by whoever owns the partition. Any other error ends the consumer.
   */
  onBatch(batch: FetchedBatch, control: BatchControl): Promise<void>;
  onAssignment?(assignment: Assignment): void;
  /** A rebalance has begun: partitions may go to others, after all members have joined again. */
  onRebalance?(): void;
  /**
   * A position is outside of the log: records expired, the topic was made anew, or the log lost its
   * end. Answers where the partition resumes; nothing is committed for it. No batch of the partition
   * is handled meanwhile. Errors as in `onBatch`. @default the log's start
   */
  onOutOfRange?(refused: RefusedPosition, control: Pick<BatchControl, 'heartbeat'>): Promise<Offset>;
  /** A fetch held nothing but markers and records of aborted transactions: the partition resumes at `next`. */
  onSkipped?(partition: TopicPartition, next: Offset): void;
}

/** Where a group member is on a partition that it owns. */
export interface PartitionPosition extends TopicPartition {
  /** Offset from which it reads on: what is before is done, or was a marker. Null before its first batch. */
  readonly position: Offset | null;
  /** One past the partition's last offset at its last batch. */
  readonly highWatermark: Offset | null;
  /** When the first record of its batch that is not done was written, milliseconds since 1970 UTC; null between batches. */
  readonly oldestMs: number | null;
}

/** A running group member. */
export interface KafkaConsumer {
  /** Waits for the handlers that run, leaves the group and disconnects. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the consumer ended by itself, with the error of a handler or KAFKA_UNREACHABLE. */
  readonly done: Promise<void>;
  /** Milliseconds since the cluster last answered a heartbeat or let the member join, by a monotonic clock. */
  heartbeatAgeMs(): number;
  /** Whether the member has joined its group. */
  joined(): boolean;
  /** The partitions that the member owns, and where it is on each. */
  positions(): readonly PartitionPosition[];
  /** Moves a partition on which no handler works to `offset`; without effect where the member does not own it. Handlers use {@link BatchControl.seek}. */
  seek(partition: TopicPartition, offset: Offset): void;
}
