import { OPTIONS, type OptionName } from '@epee/config';

/** The limit of a queue, cache or map: an option, a constant of a source file, or words. */
type Bound =
  | { readonly option: OptionName }
  | { readonly file: string; readonly constant: string; readonly field?: string; readonly unit: 'bytes' | 'records' | 'rows' | 'other' }
  | { readonly words: string };

const KIB = 1024;
const MIB = 1024 * KIB;

/** @throws Error where a limit is none of the three */
function boundOf(text: string): Bound {
  const [, said] = /^"(.*)"$/.exec(text) ?? [];
  if (said !== undefined) return { words: said };
  if (text in OPTIONS) return { option: text as OptionName };
  const [, file, constant, field, unit] = /^(\S+):(\w+)(?:\.(\w+))? (bytes|records|rows|other)$/.exec(text) ?? [];
  if (unit === undefined) throw new Error(`The limit ${text} is no option, constant or words`);
  return { file: file!, constant: constant!, unit: unit as 'bytes', ...(field === undefined ? {} : { field }) };
}

/**
 * Everything that holds records, requests or data about them, with its limit: program | what | limit | beyond it. A limit is an option, `FILE:CONSTANT.FIELD UNIT`, or "words".
 */
const LIMITS = `
all | text of a note | EPEE_NOTE_MAX_BYTES | 413, or a dead letter
all | source identifiers of a note | shared/pure/records/note-rules.ts:MAX_SOURCE_IDS other | 400, or a dead letter
all | image inside its event | shared/pure/records/image-rules.ts:MAX_INLINE_IMAGE_BYTES bytes | 413, or a dead letter; send a reference
all | pixels of an image | EPEE_IMAGE_MAX_PIXELS | 413, or a dead letter
worker | image at a reference | EPEE_IMAGE_MAX_BYTES | dead letter
worker | attempts at an image whose store does not answer | EPEE_IMAGE_MAX_ATTEMPTS | dead letter
worker | time that such an image is waited for, milliseconds | EPEE_IMAGE_MAX_WAIT_MS | dead letter
worker | images that are fetched from one host at the same time | shared/adapters/imaging/patience.ts:FETCHES_PER_HOST other | the next one waits
worker | images that are decoded at the same time | shared/adapters/imaging/image-reader.ts:IMAGES_AT_A_TIME other | the next one waits
all | schemas of producers in the cache of a codec | shared/adapters/avro/codec.ts:MAX_CACHED_READERS other | the oldest is dropped and fetched again
all | answer of the schema registry | shared/adapters/avro/rest-registry.ts:MAX_ANSWER_BYTES bytes | counts as unreachable
all | depth of an Avro value | shared/adapters/avro/cursor.ts:MAX_DEPTH other | dead letter
all | items without content in an Avro value | shared/adapters/avro/cursor.ts:MAX_ZERO_WIDTH_ITEMS other | dead letter
all | a compressed send, decompressed | shared/adapters/kafka/kafkajs-fixes/codecs/cap.ts:MAX_DECOMPRESSED_BYTES bytes | the send is not read
all | records of one send | shared/pure/stream/limits.ts:SEND_LIMITS.maxRecords records | the next send
all | bytes of one send | shared/pure/stream/limits.ts:SEND_LIMITS.maxBytes bytes | the next send; a larger record goes alone
all | partition counts, lanes and producers in memory | "one per partition of the topics in use" | 
all | an error's stack in a log line | shared/runtime/telemetry/error-fields.ts:MAX_FRAMES other | is cut
all | label values of metrics | "codes, stages, policies, tasks, partitions: none grows with the data" | 
ingest | connections | EPEE_INGEST_MAX_CONNECTIONS | 503 with Retry-After; beyond twice the limit: dropped
ingest | request bytes in flight | EPEE_INGEST_MAX_IN_FLIGHT_BYTES | 503 with Retry-After
ingest | request bytes in flight and connections of one address | EPEE_INGEST_CLIENT_MAX_PERCENT | 429 with Retry-After
ingest | time of a request with one note or image, milliseconds | EPEE_INGEST_MAX_REQUEST_MS | 408
ingest | least rate of a sender, bytes per second | EPEE_INGEST_MIN_BYTES_PER_SECOND | 408
ingest | bytes that every request counts at least | services/ingest/http/admission.ts:MIN_REQUEST_BYTES bytes | 
ingest | notes of a stream in flight to Kafka, in notes of the largest size | services/ingest/http/app.ts:WINDOW_NOTES other | the stream is read no further
ingest | records of a publish | shared/pure/stream/limits.ts:PUBLISH_LIMITS.maxRecords records | the next publish
ingest | refused lines that an answer lists | services/ingest/accepting/accept.ts:MAX_LISTED other | are counted only
ingest | rest of a refused body that is read and dropped | services/ingest/http/request.ts:MAX_DISCARDED_BYTES bytes | the connection is closed
worker, projector | one fetch from a broker | shared/adapters/kafka/consuming/membership.ts:MAX_BYTES bytes | the next fetch begins when all of it is processed
worker, projector | one fetch from a partition | shared/adapters/kafka/consuming/membership.ts:MAX_BYTES_PER_PARTITION bytes | the next fetch; a larger record comes alone
worker | records of a sub-batch | shared/pure/stream/limits.ts:EXTRACTION_LIMITS.maxRecords records | the next sub-batch
worker | bytes of a sub-batch | shared/pure/stream/limits.ts:EXTRACTION_LIMITS.maxBytes bytes | the next sub-batch; a larger record goes alone
worker | sub-batches in the engine | services/worker/limits.ts:SUB_BATCHES_AT_A_TIME other | partitions wait, and nothing more is fetched
worker | rows of a note's sections and sentences | EPEE_NOTE_MAX_ROWS | dead letter, before any row is run
worker | sub-batches of a partition in flight before its commit | services/worker/limits.ts:SUB_BATCHES_AHEAD other | the partition waits
worker | partitions handled at a time | services/worker/limits.ts:PARTITIONS_AT_A_TIME other | the others wait
worker | tokens in the queue of the engine | EPEE_ENGINE_MAX_QUEUED_TOKENS | calls wait with their rows
worker | padded tokens of a batch in the model | EPEE_BATCH_TOKENS | the next batch
worker | rows of a batch in the model | EPEE_BATCH_ROWS | the next batch
worker | candidate pairs of a sentence | shared/pure/text/rows/pairs.ts:MAX_PAIRS rows | further pairs are left out and counted
worker | sub-batches of imports in the engine | services/worker/limits.ts:BATCH_SUB_BATCHES_AT_A_TIME other | imports wait, other notes do not
jobs | imports that are read at a time | EPEE_JOBS_CONCURRENCY | the others wait
jobs | notes of an import that wait for the worker | EPEE_JOBS_MAX_AHEAD_NOTES | the import pauses
projector | records of a round trip to Redis | shared/pure/stream/limits.ts:PROJECTION_LIMITS.maxRecords records | the next round trip
projector | bytes of a round trip to Redis | shared/pure/stream/limits.ts:PROJECTION_LIMITS.maxBytes bytes | the next round trip
projector | commands that wait for a lost Redis | "none: they fail at once, and the partition waits" | 
Redis | stream of latest results | EPEE_REDIS_STREAM_MAX_LENGTH | the oldest are dropped
Redis | results and patients | "one hash per document and one set per patient: grows with the documents; size Redis for them" | the projection pauses (\`noeviction\`)
epee ingest, extract | notes read ahead, in batches | tools/publish/publish-rows.ts:MAX_NOTES records | the file is read no further
epee dead-letters | dead letters of a transaction | shared/pure/stream/limits.ts:SETTLEMENT_LIMITS.maxRecords records | the next transaction
epee dead-letters | bytes of a transaction | shared/pure/stream/limits.ts:SETTLEMENT_LIMITS.maxBytes bytes | the next transaction
epee dead-letters | marks in memory | "one per dead letter on the topic" | 
epee dead-letters | kinds of dead letters that are counted separately | tools/dead-letters/tally.ts:MAX_KINDS other | counted as other
epee dead-letters | attempts in the history of a record | shared/pure/stream/attempts.ts:HISTORY_MAX_LENGTH other | the oldest entries are dropped; the count stays
`;

/** The lines before and after the table of limits in docs/OPERATIONS.md. */
export const LIMITS_MARKERS = ['<!-- limits: made by `npm run docs` -->', '<!-- limits end -->'] as const;

/**
 * Makes the table of limits.
 * @param readSource answers the text of a file by its path in the repository
 * @throws Error where a constant is not in its file: correct its row of `LIMITS`
 */
export function limitsTable(readSource: (file: string) => string): string {
  const rows = LIMITS.trim()
    .split('\n')
    .map((line) => {
      const [where, what, bound, beyond = ''] = line.split(' | ');
      return `| ${where} | ${what} | ${boundText(boundOf(bound!), readSource)} | ${beyond.trim()} |`;
    });
  return ['| program | what | limit | beyond it |', '|---|---|---|---|', ...rows].join('\n');
}

/** The page with a new table of limits. */
export function withLimits(page: string, readSource: (file: string) => string): string {
  const [first, last] = LIMITS_MARKERS;
  const [start, end] = [page.indexOf(first), page.indexOf(last)];
  if (start < 0 || end < start) throw new Error(`The page lacks the lines ${first} and ${last}`);
  return `${page.slice(0, start + first.length)}\n${limitsTable(readSource)}\n${page.slice(end)}`;
}

function boundText(bound: Bound, readSource: (file: string) => string): string {
  if ('words' in bound) return bound.words;
  if ('option' in bound) {
    const { default: given } = OPTIONS[bound.option];
    if (given === 'auto') return `\`${bound.option}\` (default \`auto\`)`;
    const value = Number(given);
    const isBytes = bound.option.endsWith('_BYTES');
    return `\`${bound.option}\` (default ${isBytes ? bytes(value) : count(value)})`;
  }
  const value = numberIn(readSource(bound.file), bound);
  const text = bound.unit === 'bytes' ? bytes(value) : count(value);
  return `${text}${bound.unit === 'records' || bound.unit === 'rows' ? ` ${bound.unit}` : ''} (\`${bound.file.split('/').slice(-2).join('/')}\`)`;
}

/** The value of a constant in a source file, or of a field of it: a product of whole numbers. */
function numberIn(source: string, { file, constant: name, field }: Extract<Bound, { file: string }>): number {
  const [, declared] = new RegExp(`\\bconst ${name}\\b[^=\\n]*=\\s*([^;]+);`).exec(source) ?? [];
  const text = field === undefined ? declared : new RegExp(`\\b${field}:\\s*([^,}]+)`).exec(declared ?? '')?.[1];
  if (text === undefined || !/^[\d_]+(\s*\*\s*[\d_]+)*\s*$/.test(text))
    throw new Error(`${file} has no plain number ${name}${field === undefined ? '' : `.${field}`}`);
  return text.split('*').reduce((product, factor) => product * Number(factor.replaceAll('_', '').trim()), 1);
}

const count = (value: number) => value.toLocaleString('en-US');
const bytes = (value: number) =>
  value % MIB === 0 ? `${value / MIB} MiB` : value % KIB === 0 ? `${value / KIB} KiB` : `${count(value)} bytes`;
