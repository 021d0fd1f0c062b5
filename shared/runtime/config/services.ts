import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, type LoadDeps, type LoadedSettings, loadConfig } from './load.ts';
import { readPolicies } from './policies.ts';
import type {
  BaseConfig,
  CliConfig,
  ConsumerConfig,
  EngineConfig,
  HttpConfig,
  ImagesConfig,
  IngestConfig,
  JobsConfig,
  KafkaConfig,
  PoliciesConfig,
  ProjectorConfig,
  RedisConfig,
  SchemaRegistryConfig,
  WorkerConfig,
} from './shapes.ts';
import type { ServiceName } from './types.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Reads the options of ingest. @throws EpeeError CONFIG_INVALID, see {@link loadConfig} */
export function ingestConfig(env: Environment, deps?: LoadDeps): IngestConfig {
  const loaded = loadConfig(env, 'ingest', deps);
  const { settings } = loaded;
  return deepFreeze({
    ...base(loaded),
    http: http(loaded, settings.EPEE_INGEST_PORT),
    workerGroup: `${settings.EPEE_KAFKA_GROUP}.worker`,
    maxInFlightBytes: settings.EPEE_INGEST_MAX_IN_FLIGHT_BYTES,
    imageMaxPixels: settings.EPEE_IMAGE_MAX_PIXELS,
    maxConnections: settings.EPEE_INGEST_MAX_CONNECTIONS,
    clientMaxPercent: settings.EPEE_INGEST_CLIENT_MAX_PERCENT,
    maxRequestMs: settings.EPEE_INGEST_MAX_REQUEST_MS,
    minBytesPerSecond: settings.EPEE_INGEST_MIN_BYTES_PER_SECOND,
    policies: policies(loaded),
    stopTimeoutMs: settings.EPEE_STOP_TIMEOUT_MS,
  });
}

/** Reads the options of the worker. @throws EpeeError CONFIG_INVALID, see {@link loadConfig} */
export function workerConfig(env: Environment, deps?: LoadDeps): WorkerConfig {
  const loaded = loadConfig(env, 'worker', deps);
  const { settings } = loaded;
  return deepFreeze({
    ...base(loaded),
    consumer: consumer(loaded, 'worker'),
    engine: engine(loaded),
    terminologyDir: terminologyDir(loaded),
    images: {
      ...images(loaded),
      store: {
        folders: settings.EPEE_IMAGE_FOLDERS,
        hosts: settings.EPEE_IMAGE_HOSTS,
        maxBytes: settings.EPEE_IMAGE_MAX_BYTES,
        timeoutMs: settings.EPEE_IMAGE_TIMEOUT_MS,
        maxAttempts: settings.EPEE_IMAGE_MAX_ATTEMPTS,
        maxWaitMs: settings.EPEE_IMAGE_MAX_WAIT_MS,
      },
    },
    policy: settings.EPEE_POLICY,
    minConfidence: settings.EPEE_MIN_CONFIDENCE,
    recordMaxCrashes: settings.EPEE_RECORD_MAX_CRASHES,
    noteMaxRows: settings.EPEE_NOTE_MAX_ROWS,
    topicPolicies: settings.EPEE_TOPIC_POLICIES,
    http: http(loaded, settings.EPEE_WORKER_PORT),
    stopTimeoutMs: settings.EPEE_STOP_TIMEOUT_MS,
  });
}

/** Reads the options of the projector. @throws EpeeError CONFIG_INVALID, see {@link loadConfig} */
export function projectorConfig(env: Environment, deps?: LoadDeps): ProjectorConfig {
  const loaded = loadConfig(env, 'projector', deps);
  const { settings } = loaded;
  return deepFreeze({
    ...base(loaded),
    consumer: consumer(loaded, 'projector'),
    redis: redis(loaded),
    http: http(loaded, settings.EPEE_PROJECTOR_PORT),
    stopTimeoutMs: settings.EPEE_STOP_TIMEOUT_MS,
  });
}

/**
 * Reads the options of the jobs service.
 * @throws EpeeError CONFIG_INVALID, see {@link loadConfig}
 */
export function jobsConfig(env: Environment, deps?: LoadDeps): JobsConfig {
  const loaded = loadConfig(env, 'jobs', deps);
  const { settings } = loaded;
  return deepFreeze({
    ...base(loaded),
    consumer: consumer(loaded, 'jobs'),
    redis: redis(loaded),
    http: http(loaded, settings.EPEE_JOBS_PORT),
    folders: settings.EPEE_JOBS_FOLDERS.map((folder) => resolve(folder)),
    concurrency: settings.EPEE_JOBS_CONCURRENCY,
    maxAheadNotes: settings.EPEE_JOBS_MAX_AHEAD_NOTES,
    policies: policies(loaded),
    stopTimeoutMs: settings.EPEE_STOP_TIMEOUT_MS,
  });
}

/**
 * Reads the options of the command line.
 * @throws EpeeError CONFIG_INVALID, see {@link loadConfig}
 */
export function cliConfig(env: Environment, deps?: LoadDeps): CliConfig {
  const loaded = loadConfig(env, 'cli', deps);
  const { settings } = loaded;
  return deepFreeze({
    ...base(loaded),
    group: settings.EPEE_KAFKA_GROUP,
    redis: redis(loaded),
    engine: engine(loaded),
    terminologyDir: terminologyDir(loaded),
    images: images(loaded),
    policy: settings.EPEE_POLICY,
    minConfidence: settings.EPEE_MIN_CONFIDENCE,
    policies: policies(loaded),
    operator: {
      marksTopic: settings.EPEE_DEAD_LETTER_MARKS_TOPIC,
      auditTopic: settings.EPEE_AUDIT_TOPIC,
      name: settings.EPEE_OPERATOR === '' ? null : settings.EPEE_OPERATOR,
    },
    replays: { topic: settings.EPEE_REPLAYS_TOPIC, runsTopic: settings.EPEE_REPLAY_RUNS_TOPIC },
  });
}

function base(loaded: LoadedSettings): BaseConfig {
  const { settings } = loaded;
  return {
    kafka: kafka(loaded),
    topics: {
      notes: settings.EPEE_NOTES_TOPIC,
      images: settings.EPEE_IMAGES_TOPIC,
      batchNotes: settings.EPEE_BATCH_NOTES_TOPIC,
      results: settings.EPEE_RESULTS_TOPIC,
      deadLetters: settings.EPEE_DEAD_LETTERS_TOPIC,
      partitions: settings.EPEE_TOPIC_PARTITIONS,
      replication: settings.EPEE_TOPIC_REPLICATION,
    },
    schemaRegistry: schemaRegistry(loaded),
    noteMaxBytes: settings.EPEE_NOTE_MAX_BYTES,
    logLevel: settings.EPEE_LOG_LEVEL,
  };
}

function kafka({ settings, files }: LoadedSettings): KafkaConfig {
  const { EPEE_KAFKA_SASL_MECHANISM: mechanism, EPEE_KAFKA_SASL_USERNAME: username } = settings;
  const password = files.get('EPEE_KAFKA_SASL_PASSWORD_FILE');
  return {
    brokers: settings.EPEE_KAFKA_BROKERS,
    clientId: settings.EPEE_KAFKA_CLIENT_ID,
    tls: settings.EPEE_KAFKA_TLS ? { ca: files.get('EPEE_KAFKA_TLS_CA_FILE') ?? null } : null,
    sasl: mechanism === null || username === null || password === undefined ? null : { mechanism, username, password },
  };
}

function schemaRegistry({ settings, files }: LoadedSettings): SchemaRegistryConfig {
  const { EPEE_SCHEMA_REGISTRY_URL: url, EPEE_SCHEMA_REGISTRY_USERNAME: username } = settings;
  const password = files.get('EPEE_SCHEMA_REGISTRY_PASSWORD_FILE');
  if (url === null) return null;
  return { url, account: username === null || password === undefined ? null : { username, password } };
}

const consumer = ({ settings }: LoadedSettings, service: ServiceName): ConsumerConfig => ({
  group: `${settings.EPEE_KAFKA_GROUP}.${service}`,
  sessionTimeoutMs: settings.EPEE_KAFKA_SESSION_TIMEOUT_MS,
});

const redis = ({ settings, files }: LoadedSettings): RedisConfig => ({
  url: settings.EPEE_REDIS_URL,
  password: files.get('EPEE_REDIS_PASSWORD_FILE') ?? null,
  ca: files.get('EPEE_REDIS_TLS_CA_FILE') ?? null,
  streamMaxLength: settings.EPEE_REDIS_STREAM_MAX_LENGTH,
});

/**
 * The default is in the repository; a path from the environment starts at the working directory.
 */
const modelDir = ({ settings, given }: LoadedSettings, name: 'EPEE_MODEL_DIR' | 'EPEE_IMAGE_MODEL_DIR') => {
  const folder = settings[name];
  return folder === null ? null : given.has(name) ? resolve(folder) : resolve(REPOSITORY, folder);
};

const terminologyDir = ({ settings: { EPEE_TERMINOLOGY_DIR: folder } }: LoadedSettings) =>
  folder === null || folder === 'off' ? folder : resolve(folder);

const policies = (loaded: LoadedSettings): PoliciesConfig => ({
  notes: readPolicies(modelDir(loaded, 'EPEE_MODEL_DIR')),
  images: readPolicies(modelDir(loaded, 'EPEE_IMAGE_MODEL_DIR')),
});

function images(loaded: LoadedSettings): Omit<ImagesConfig, 'store'> {
  const { settings } = loaded;
  const folder = modelDir(loaded, 'EPEE_IMAGE_MODEL_DIR');
  return {
    engine: folder === null ? null : { ...engine(loaded), modelDir: folder },
    limits: { maxPixels: settings.EPEE_IMAGE_MAX_PIXELS, timeoutMs: settings.EPEE_IMAGE_TIMEOUT_MS },
  };
}

const engine = (loaded: LoadedSettings): EngineConfig => engineOf(loaded, modelDir(loaded, 'EPEE_MODEL_DIR')!);

const engineOf = ({ settings, cores }: LoadedSettings, folder: string): EngineConfig => ({
  modelDir: folder,
  threads: settings.EPEE_ENGINE_THREADS ?? (settings.EPEE_ENGINE_PROVIDER === 'cuda' ? 1 : Math.max(1, cores)),
  provider: settings.EPEE_ENGINE_PROVIDER,
  precision: settings.EPEE_ENGINE_PRECISION,
  batchTokens: settings.EPEE_BATCH_TOKENS ?? 'auto',
  batchRows: settings.EPEE_BATCH_ROWS,
  lingerMs: settings.EPEE_LINGER_MS,
  maxQueuedTokens: settings.EPEE_ENGINE_MAX_QUEUED_TOKENS,
});

const http = ({ settings }: LoadedSettings, port: number): HttpConfig => ({ host: settings.EPEE_HTTP_HOST, port });

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
