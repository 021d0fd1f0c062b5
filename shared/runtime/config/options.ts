import type { Option, ServiceName } from './types.ts';
import * as is from './types.ts';

const ALL: readonly ServiceName[] = ['ingest', 'worker', 'projector', 'jobs', 'cli'];
const STREAM: readonly ServiceName[] = ['ingest', 'worker', 'projector', 'jobs'];
const KIB = 1024;
const MIB = 1024 * KIB;
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
const POLICY = /^[a-z][a-z0-9-]{0,63}$/;
const topic = is.pattern(TOPIC, 'a Kafka topic name (1 to 249 letters, digits, ".", "_", "-")');
const host = is.pattern(/^[A-Za-z0-9.:_-]+$/, 'a host name or an address');

const option = <T>(services: readonly ServiceName[], type: Option<T>['type'], fallback: string, doc: string): Option<T> => ({
  type,
  default: fallback,
  doc,
  services,
});

/**
 * Every option of every program. `npm run docs` writes docs/CONFIGURATION.md from this table.
 * An option whose name ends in `_FILE` names a file; its content is read at start.
 */
export const OPTIONS = {
  EPEE_KAFKA_BROKERS: option(ALL, is.brokers(), '127.0.0.1:9092', 'Kafka brokers, `host:port`, separated by commas.'),
  EPEE_KAFKA_CLIENT_ID: option(
    ALL,
    is.pattern(/^[A-Za-z0-9._-]{1,100}$/, '1 to 100 letters, digits, ".", "_", "-"'),
    'epee',
    'Name of the client in the logs of the brokers.',
  ),
  EPEE_KAFKA_TLS: option(ALL, is.flag(), 'false', 'Whether connections to brokers use TLS.'),
  EPEE_KAFKA_TLS_CA_FILE: option(
    ALL,
    is.optionalText(),
    '',
    "PEM file of the authority of the brokers' certificates; empty: the system's authorities.",
  ),
  EPEE_KAFKA_SASL_MECHANISM: option(
    ALL,
    is.optionalChoice('plain', 'scram-sha-256', 'scram-sha-512'),
    '',
    'SASL mechanism (`plain`, `scram-sha-256`, `scram-sha-512`); empty: none.',
  ),
  EPEE_KAFKA_SASL_USERNAME: option(ALL, is.optionalText(), '', 'SASL user name.'),
  EPEE_KAFKA_SASL_PASSWORD_FILE: option(ALL, is.optionalText(), '', 'File that holds the SASL password.'),
  EPEE_KAFKA_GROUP: option(
    ALL,
    is.pattern(/^[A-Za-z0-9._-]{1,200}$/, '1 to 200 letters, digits, ".", "_", "-"'),
    'epee',
    'Prefix of consumer groups and transactional ids. The groups are `<prefix>.worker`, `<prefix>.worker-batch`, `<prefix>.worker-images`, `<prefix>.projector`, `<prefix>.jobs`, and `<prefix>.jobs.<import>` while an import is sent.',
  ),
  EPEE_KAFKA_SESSION_TIMEOUT_MS: option(
    ['worker', 'projector', 'jobs', 'cli'],
    is.integer(6_000, 300_000),
    '30000',
    'Milliseconds without a heartbeat after which a consumer loses its partitions. The broker must allow the value.',
  ),
  EPEE_NOTES_TOPIC: option(ALL, topic, 'epee.notes.v1', 'Topic of the notes.'),
  EPEE_IMAGES_TOPIC: option(ALL, topic, 'epee.images.v1', 'Topic of the images.'),
  EPEE_BATCH_NOTES_TOPIC: option(
    ALL,
    topic,
    'epee.notes-batch.v1',
    'Topic of the notes of batch imports; the worker reads it with lower priority than `EPEE_NOTES_TOPIC`.',
  ),
  EPEE_RESULTS_TOPIC: option(ALL, topic, 'epee.results.v1', 'Topic of the results.'),
  EPEE_DEAD_LETTERS_TOPIC: option(ALL, topic, 'epee.dead-letters.v1', 'Topic of the dead letters: records that could not be processed.'),
  EPEE_DEAD_LETTER_MARKS_TOPIC: option(
    ['cli'],
    topic,
    'epee.dead-letter-marks.v1',
    'Compacted topic that records which dead letters were sent back or discarded, and by whom.',
  ),
  EPEE_AUDIT_TOPIC: option(['cli'], topic, 'epee.audit.v1', 'Topic that records who saw the payload of which dead letter.'),
  EPEE_OPERATOR: option(
    ['cli'],
    is.pattern(/^[A-Za-z0-9@._ -]{0,100}$/, 'up to 100 letters, digits, "@", ".", "_", "-" and spaces'),
    '',
    'Name of the operator in the marks of dead letters and in the audit topic; empty: the name of the system account.',
  ),
  EPEE_REPLAYS_TOPIC: option(['cli'], topic, 'epee.replays.v1', 'Topic of the results of replays.'),
  EPEE_REPLAY_RUNS_TOPIC: option(['cli'], topic, 'epee.replay-runs.v1', 'Compacted topic of the replay runs, one record per run.'),
  EPEE_TOPIC_PARTITIONS: option(ALL, is.integer(1, 10_000), '4', 'Partitions of a topic that does not exist yet.'),
  EPEE_TOPIC_REPLICATION: option(
    ALL,
    is.integer(1, 32),
    '1',
    'Copies of each partition of a topic that does not exist yet; 3 on a real cluster.',
  ),
  EPEE_REDIS_URL: option(
    ['projector', 'jobs', 'cli'],
    is.url('redis', 'rediss'),
    'redis://127.0.0.1:6379',
    'Address of Redis: `redis://` or `rediss://` (TLS), with a user name where needed, without a password. A standalone primary: a Redis Cluster or a Sentinel is refused at start.',
  ),
  EPEE_REDIS_PASSWORD_FILE: option(['projector', 'jobs', 'cli'], is.optionalText(), '', 'File that holds the Redis password.'),
  EPEE_REDIS_TLS_CA_FILE: option(
    ['projector', 'jobs', 'cli'],
    is.optionalText(),
    '',
    "PEM file of the authority of Redis' certificate, for `rediss://`; empty: the system's authorities.",
  ),
  EPEE_REDIS_STREAM_MAX_LENGTH: option(
    ['projector', 'cli'],
    is.integer(1, 100_000_000),
    '100000',
    'Approximate number of entries in the stream of latest results.',
  ),
  EPEE_SCHEMA_REGISTRY_URL: option(
    ALL,
    is.optionalUrl('http', 'https'),
    '',
    'URL of a Confluent schema registry; empty: the files in `schemas/`.',
  ),
  EPEE_SCHEMA_REGISTRY_USERNAME: option(ALL, is.optionalText(), '', 'User name for the schema registry.'),
  EPEE_SCHEMA_REGISTRY_PASSWORD_FILE: option(ALL, is.optionalText(), '', 'File that holds the password for the schema registry.'),
  EPEE_MODEL_DIR: option(
    ['ingest', 'worker', 'jobs', 'cli'],
    is.path(),
    'deploy/models/clinical-notes',
    'Folder of the model package. Ingest and jobs only read from it which policies notes may ask for; where it is missing, the worker decides. The default is in this repository; a relative path starts at the working directory.',
  ),
  EPEE_IMAGE_MODEL_DIR: option(
    ['ingest', 'worker', 'cli'],
    is.optionalText(),
    'deploy/models/chest-xray',
    'Folder of the model package for images, as `EPEE_MODEL_DIR`; empty: images are not read.',
  ),
  EPEE_TERMINOLOGY_DIR: option(
    ['worker', 'cli'],
    is.optionalText(),
    '',
    "Folder of a site's code systems, as `epee terminology load` makes it; each takes the place of a shipped one of the same name. Empty: the shipped ones alone; `off`: entities get no codes.",
  ),
  EPEE_IMAGE_FOLDERS: option(
    ['worker'],
    is.absolutePaths(),
    '',
    'Folders that `file:` references to images may name: absolute paths, separated by `:`; empty: none.',
  ),
  EPEE_IMAGE_HOSTS: option(
    ['worker'],
    is.hosts(),
    '',
    'Hosts that `http:` and `https:` references to images may name: `host` (default port) or `host:port`, separated by commas; empty: none.',
  ),
  EPEE_IMAGE_MAX_BYTES: option(
    ['worker'],
    is.integer(1, 1024 * MIB),
    String(64 * MIB),
    'Size limit of an image at a reference, in bytes; the limit inside an event is 524288.',
  ),
  EPEE_IMAGE_MAX_PIXELS: option(
    ['ingest', 'worker', 'cli'],
    is.integer(1, 1_000_000_000),
    '50000000',
    'Size limit of an image in pixels (width x height).',
  ),
  EPEE_IMAGE_TIMEOUT_MS: option(
    ['worker', 'cli'],
    is.integer(1_000, 600_000),
    '20000',
    'Time limit for fetching an image, and for decoding it, in milliseconds. Decoding rounds up to whole seconds.',
  ),
  EPEE_IMAGE_MAX_ATTEMPTS: option(
    ['worker'],
    is.integer(1, 1_000_000),
    '30',
    'Attempts at an image at a reference whose store does not answer (5xx, 401, 429, time-out); then it becomes a dead letter.',
  ),
  EPEE_IMAGE_MAX_WAIT_MS: option(
    ['worker'],
    is.integer(0, 604_800_000),
    '120000',
    'Milliseconds that such an image is waited for, from the first attempt on; then it becomes a dead letter. The later images of its partition wait meanwhile.',
  ),
  EPEE_POLICY: option(
    ['worker', 'cli'],
    is.pattern(POLICY, 'the name of a policy (a letter, then up to 63 letters, digits, "-")'),
    'fast',
    'Named exit policy of notes and images that name none.',
  ),
  EPEE_MIN_CONFIDENCE: option(
    ['worker', 'cli'],
    is.minConfidence(),
    '',
    'Lowest confidence of entities, events and relations that count as found: a number from 0 to 1 for all labels, or `label=number` separated by commas, where a number alone is for all others; empty: all count. What needs an entity that is left out goes with it.',
  ),
  EPEE_TOPIC_POLICIES: option(
    ['worker'],
    is.pairs(TOPIC, POLICY, 'topic=policy, separated by commas, each topic once'),
    '',
    'Named exit policies by topic: `topic=policy`, separated by commas. They override `EPEE_POLICY`; the header `epee-policy` of a record overrides them.',
  ),
  EPEE_ENGINE_THREADS: option(
    ['worker', 'cli'],
    is.integerOrAuto(1, 256),
    'auto',
    'Worker threads of the engine; `auto`: one per core, one with `cuda`.',
  ),
  EPEE_ENGINE_PROVIDER: option(['worker', 'cli'], is.choice('cpu', 'cuda'), 'cpu', 'Where the model runs: `cpu` or `cuda`.'),
  EPEE_ENGINE_PRECISION: option(
    ['worker', 'cli'],
    is.choice('fp32', 'int8', 'auto'),
    'fp32',
    'Arithmetic: `fp32`, `int8`, or `auto` (the faster of the two, measured at start). Only with `fp32` the outcome of a row never depends on the other rows of its batch.',
  ),
  EPEE_BATCH_TOKENS: option(
    ['worker', 'cli'],
    is.integerOrAuto(128, 1_000_000),
    'auto',
    'Padded tokens that close a batch; `auto`: 512 at a hidden size of 384, fewer for a wider model, 16384 with `cuda`. Each thread keeps the memory of its largest batch.',
  ),
  EPEE_BATCH_ROWS: option(['worker', 'cli'], is.integer(1, 4096), '64', 'Rows that close a batch.'),
  EPEE_LINGER_MS: option(['worker', 'cli'], is.integer(0, 10_000), '5', 'Milliseconds that a batch waits for more rows.'),
  EPEE_ENGINE_MAX_QUEUED_TOKENS: option(
    ['worker', 'cli'],
    is.integer(128, 1_000_000_000),
    '1000000',
    'Limit of tokens that wait for the engine or run in it; beyond it, callers wait.',
  ),
  EPEE_NOTE_MAX_BYTES: option(
    ALL,
    is.integer(1, 16 * MIB),
    String(MIB),
    'Size limit of the text of a note, of an HTTP request with one note, and of a line of NDJSON, in UTF-8 bytes.',
  ),
  EPEE_RECORD_MAX_CRASHES: option(
    ['worker'],
    is.integer(2, 100),
    '3',
    'How often the process may die on a record alone before the record becomes a dead letter.',
  ),
  EPEE_NOTE_MAX_ROWS: option(
    ['worker'],
    is.integer(1, 1_000_000),
    '20000',
    'Limit of rows for the model that the sections and sentences of a note make; a longer note is a dead letter before any of them is run.',
  ),
  EPEE_INGEST_MAX_IN_FLIGHT_BYTES: option(
    ['ingest'],
    is.integer(KIB, 4096 * MIB),
    String(64 * MIB),
    'Limit of request bytes that ingest holds at a time; beyond it, it answers 503 with Retry-After.',
  ),
  EPEE_INGEST_MAX_CONNECTIONS: option(
    ['ingest'],
    is.integer(1, 100_000),
    '1000',
    'Limit of connections that send notes to ingest; a further one gets 503 with Retry-After and is closed.',
  ),
  EPEE_INGEST_CLIENT_MAX_PERCENT: option(
    ['ingest'],
    is.integer(1, 100),
    '50',
    'Share of the bytes in flight and of the connections that one client address may take, in percent; beyond it, it gets 429. Behind a proxy, which is one address, set 100.',
  ),
  EPEE_INGEST_MAX_REQUEST_MS: option(
    ['ingest'],
    is.integer(1_000, 3_600_000),
    '60000',
    'Milliseconds that a request with one note or image may take to arrive; beyond that, 408. A stream of notes has no such limit.',
  ),
  EPEE_INGEST_MIN_BYTES_PER_SECOND: option(
    ['ingest'],
    is.integer(1, 1_000_000_000),
    '1024',
    'Bytes per second that a sender must keep up, over the time in which ingest waits for it, after a start of 10 seconds; a slower one gets 408.',
  ),
  EPEE_HTTP_HOST: option(STREAM, host, '127.0.0.1', 'Address on which the services listen; a container needs `0.0.0.0`.'),
  EPEE_INGEST_PORT: option(['ingest'], is.integer(0, 65_535), '8080', 'Port of ingest (notes, images, health, metrics); 0: any free port.'),
  EPEE_WORKER_PORT: option(['worker'], is.integer(0, 65_535), '8081', "Port of the worker's health and metrics; 0: any free port."),
  EPEE_PROJECTOR_PORT: option(
    ['projector'],
    is.integer(0, 65_535),
    '8082',
    "Port of the projector's health and metrics; 0: any free port.",
  ),
  EPEE_JOBS_PORT: option(['jobs'], is.integer(0, 65_535), '8083', "Port of the jobs service's health and metrics; 0: any free port."),
  EPEE_JOBS_FOLDERS: option(
    ['jobs'],
    is.folders(),
    '.',
    'Folders from which files may be imported, subfolders included, separated by ":". A relative path starts at the working directory of the jobs service.',
  ),
  EPEE_JOBS_CONCURRENCY: option(['jobs'], is.integer(1, 64), '4', 'Imports that one jobs service reads at a time.'),
  EPEE_JOBS_MAX_AHEAD_NOTES: option(
    ['jobs'],
    is.integer(1, 100_000_000),
    '10000',
    'Notes of one import that may wait for the worker; beyond that, the import pauses.',
  ),
  EPEE_STOP_TIMEOUT_MS: option(STREAM, is.integer(0, 600_000), '10000', 'Milliseconds that a stopping service gives the work in flight.'),
  EPEE_LOG_LEVEL: option(ALL, is.choice('fatal', 'error', 'warn', 'info', 'debug', 'silent'), 'info', 'Lowest level that is logged.'),
} as const;

/** Name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** Values of all options, as their types give them. */
export type Settings = { readonly [K in OptionName]: (typeof OPTIONS)[K] extends Option<infer T> ? T : never };

/** Variables with this prefix belong to the tests; no program reads or refuses them. */
export const TEST_PREFIX = 'EPEE_TEST_';
