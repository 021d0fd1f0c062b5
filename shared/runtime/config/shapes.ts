/** How to reach Kafka. */
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

/** A consumer's group. */
export interface ConsumerConfig {
  /** Consumer group; also the prefix of transactional ids. */
  readonly group: string;
  readonly sessionTimeoutMs: number;
}

/** Topic names, and the shape of topics that do not exist yet. */
export interface TopicsConfig {
  readonly notes: string;
  readonly images: string;
  /** Notes of batch imports; none where it is left out. */
  readonly batchNotes?: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly partitions: number;
  readonly replication: number;
}

/** How to reach Redis. */
export interface RedisConfig {
  /** `redis://` or `rediss://`, without a password. */
  readonly url: string;
  readonly password: string | null;
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
  /** `auto`: the faster of both on this machine. */
  readonly precision: 'fp32' | 'int8' | 'auto';
  /** `auto`: as many as the caches of a core hold. */
  readonly batchTokens: number | 'auto';
  readonly batchRows: number;
  readonly lingerMs: number;
  readonly maxQueuedTokens: number;
}

/** How images are read. */
export interface ImagesConfig {
  /** The image model's runtime; `null`: images are not read. */
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
  };
}

/** What decoding an image may take. */
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

/** Least level that is logged. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** What every program knows. */
export interface BaseConfig {
  readonly kafka: KafkaConfig;
  readonly topics: TopicsConfig;
  readonly schemaRegistry: SchemaRegistryConfig;
  /** UTF-8 bytes that a note's text, a request with one note, or a line of NDJSON may have. */
  readonly noteMaxBytes: number;
  readonly logLevel: LogLevel;
}

/** Options of ingest. */
export interface IngestConfig extends BaseConfig {
  readonly http: HttpConfig;
  readonly maxInFlightBytes: number;
  /** Width x height that an image may have. */
  readonly imageMaxPixels: number;
  readonly maxConnections: number;
  readonly stopTimeoutMs: number;
}

/** Options of the worker. */
export interface WorkerConfig extends BaseConfig {
  readonly consumer: ConsumerConfig;
  readonly engine: EngineConfig;
  readonly images: ImagesConfig;
  /** Named exit policy of notes and images that name none. */
  readonly policy: string;
  /** Times that the process may die while a record alone is in hand. */
  readonly recordMaxCrashes: number;
  /** Named exit policies by topic; they come before `policy`, and a note's own before them. */
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

/** What people do by hand, and where it is written down. */
export interface OperatorConfig {
  readonly marksTopic: string;
  readonly auditTopic: string;
  /** Name under which it is written down; null: that of the system account. */
  readonly name: string | null;
}

/** Options of the jobs service. */
export interface JobsConfig extends BaseConfig {
  readonly consumer: ConsumerConfig;
  readonly redis: RedisConfig;
  readonly http: HttpConfig;
  /** Absolute paths from which files may be imported. */
  readonly folders: readonly string[];
  /** Imports that are read from at a time. */
  readonly concurrency: number;
  /** Notes of one import that may wait for the worker. */
  readonly maxAheadNotes: number;
  readonly stopTimeoutMs: number;
}

/** Options of the command line. */
export interface CliConfig extends BaseConfig {
  /** Prefix of consumer groups. */
  readonly group: string;
  readonly redis: RedisConfig;
  readonly engine: EngineConfig;
  readonly images: Omit<ImagesConfig, 'store'>;
  readonly policy: string;
  readonly operator: OperatorConfig;
  readonly replays: ReplaysConfig;
}

/** Where replays write to. */
export interface ReplaysConfig {
  /** What they found. */
  readonly topic: string;
  /** One record a run. */
  readonly runsTopic: string;
}
