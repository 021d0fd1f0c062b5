import type { MinConfidence } from '@epee/records';

/** Address and account of Kafka. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** `null`: no TLS. `ca`: PEM text, or `null` for the system's authorities. */
  readonly tls: { readonly ca: string | null } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
}

/** The consumer group of a service. */
export interface ConsumerConfig {
  /** Consumer group; also the prefix of transactional ids. */
  readonly group: string;
  readonly sessionTimeoutMs: number;
}

/** Topic names, and the size of topics that do not exist yet. */
export interface TopicsConfig {
  readonly notes: string;
  readonly images: string;
  /** Notes of batch imports. */
  readonly batchNotes?: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly partitions: number;
  readonly replication: number;
}

/** Address and account of Redis. */
export interface RedisConfig {
  /** `redis://` or `rediss://`, without a password. */
  readonly url: string;
  readonly password: string | null;
  /** PEM text of the authority of the server's certificate; null: the system's authorities. */
  readonly ca: string | null;
  readonly streamMaxLength: number;
}

/** Where schemas come from; `null`: the files in `schemas/`. */
export type SchemaRegistryConfig = {
  readonly url: string;
  readonly account: { readonly username: string; readonly password: string } | null;
} | null;

/** The model runtime. */
export interface EngineConfig {
  /** Absolute path of the model package. */
  readonly modelDir: string;
  /** Worker threads, at least 1. */
  readonly threads: number;
  readonly provider: 'cpu' | 'cuda';
  /** `auto`: the faster one on this machine. */
  readonly precision: 'fp32' | 'int8' | 'auto';
  /** Padded tokens per batch; `auto`: by the width of the model. */
  readonly batchTokens: number | 'auto';
  readonly batchRows: number;
  readonly lingerMs: number;
  readonly maxQueuedTokens: number;
}

/** How images are read. */
export interface ImagesConfig {
  /** The runtime of the image model; `null`: images are not read. */
  readonly engine: EngineConfig | null;
  readonly limits: ImageLimits;
  /** Where references may lead. */
  readonly store: {
    /** Absolute paths. */
    readonly folders: readonly string[];
    /** `host` or `host:port`, lower case. */
    readonly hosts: readonly string[];
    readonly maxBytes: number;
    readonly timeoutMs: number;
    /** How long a store that does not answer is waited for. */
    readonly maxAttempts: number;
    readonly maxWaitMs: number;
  };
}

/** Limits of decoding an image. */
export interface ImageLimits {
  /** Width x height. */
  readonly maxPixels: number;
  readonly timeoutMs: number;
}

/** Where a service listens. */
export interface HttpConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Lowest level that is logged. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Configuration of every program. */
export interface BaseConfig {
  readonly kafka: KafkaConfig;
  readonly topics: TopicsConfig;
  readonly schemaRegistry: SchemaRegistryConfig;
  /** Size limit of a note's text, of a request with one note, of a line of NDJSON; UTF-8 bytes. */
  readonly noteMaxBytes: number;
  readonly logLevel: LogLevel;
}

/** Names of the exit policies that the model packages have; null where a package is missing. */
export interface PoliciesConfig {
  readonly notes: readonly string[] | null;
  readonly images: readonly string[] | null;
}

/** Options of ingest. */
export interface IngestConfig extends BaseConfig {
  /** Group of the workers that read the notes; their other groups' names begin with it. */
  readonly workerGroup: string;
  readonly http: HttpConfig;
  readonly maxInFlightBytes: number;
  /** Size limit of an image: width x height. */
  readonly imageMaxPixels: number;
  readonly maxConnections: number;
  /** Share of bytes in flight and connections that one client address may take, 1 to 100. */
  readonly clientMaxPercent: number;
  /** Time for a request with one note or image to arrive. */
  readonly maxRequestMs: number;
  readonly minBytesPerSecond: number;
  readonly policies: PoliciesConfig;
  readonly stopTimeoutMs: number;
}

/** Options of the worker. */
export interface WorkerConfig extends BaseConfig {
  readonly consumer: ConsumerConfig;
  readonly engine: EngineConfig;
  /** Folder of a site's code systems; null: the shipped ones alone; `off`: no codes. */
  readonly terminologyDir: string | null;
  readonly images: ImagesConfig;
  /** Named exit policy of notes and images that name none. */
  readonly policy: string;
  /** Lowest confidence of what results hold. */
  readonly minConfidence: MinConfidence;
  /** How often the process may die on a record alone. */
  readonly recordMaxCrashes: number;
  /** Rows for the model that a note may make. */
  readonly noteMaxRows: number;
  /**
   * Named exit policies by topic. They override `policy`; the policy of a record overrides them.
   */
  readonly topicPolicies: Readonly<Record<string, string>>;
  readonly http: HttpConfig;
  readonly stopTimeoutMs: number;
}

/** Options of the projector. */
export interface ProjectorConfig extends BaseConfig {
  readonly consumer: ConsumerConfig;
  readonly redis: RedisConfig;
  readonly http: HttpConfig;
  readonly stopTimeoutMs: number;
}

/** The operator's name, and where the operator's actions are recorded. */
export interface OperatorConfig {
  readonly marksTopic: string;
  readonly auditTopic: string;
  /** Name of the operator; null: the name of the system account. */
  readonly name: string | null;
}

/** Options of the jobs service. */
export interface JobsConfig extends BaseConfig {
  readonly consumer: ConsumerConfig;
  readonly redis: RedisConfig;
  readonly http: HttpConfig;
  /** Absolute paths from which files may be imported. */
  readonly folders: readonly string[];
  /** Imports that are read at a time. */
  readonly concurrency: number;
  /** Notes of one import that may wait for the worker. */
  readonly maxAheadNotes: number;
  readonly policies: PoliciesConfig;
  readonly stopTimeoutMs: number;
}

/** Options of the command line. */
export interface CliConfig extends BaseConfig {
  /** Prefix of consumer groups. */
  readonly group: string;
  readonly redis: RedisConfig;
  readonly engine: EngineConfig;
  /** Folder of a site's code systems; null: the shipped ones alone; `off`: no codes. */
  readonly terminologyDir: string | null;
  readonly images: Omit<ImagesConfig, 'store'>;
  readonly policy: string;
  /** Lowest confidence of what results hold. */
  readonly minConfidence: MinConfidence;
  readonly policies: PoliciesConfig;
  readonly operator: OperatorConfig;
  readonly replays: ReplaysConfig;
}

/** Where replays write. */
export interface ReplaysConfig {
  /** Their results. */
  readonly topic: string;
  /** One record per run. */
  readonly runsTopic: string;
}
