import { OPTIONS, type OptionName } from '@epee/config';

/** The limit of a queue, cache or map: an option, a constant of a source file, or words. */
type Bound =
  | { readonly option: OptionName }
  | { readonly file: string; readonly constant: string; readonly field?: string; readonly unit: 'bytes' | 'records' | 'rows' | 'other' }
  | { readonly words: string };

/** A row of the table of limits. */
interface Limit {
  readonly where: string;
  readonly what: string;
  readonly bound: Bound;
  /** What happens at the limit. */
  readonly beyond: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const option = (name: OptionName): Bound => ({ option: name });
const constant = (file: string, name: string, unit: 'bytes' | 'records' | 'rows' | 'other', field?: string): Bound => ({
  file,
  constant: name,
  unit,
  ...(field === undefined ? {} : { field }),
});
const words = (text: string): Bound => ({ words: text });

/** Everything that holds records, requests or data about them, with its limit. */
const LIMITS: readonly Limit[] = [
  { where: 'all', what: 'text of a note', bound: option('EPEE_NOTE_MAX_BYTES'), beyond: '413, or a dead letter' },
  {
    where: 'all',
    what: 'image inside its event',
    bound: constant('shared/pure/records/image-rules.ts', 'MAX_INLINE_IMAGE_BYTES', 'bytes'),
    beyond: '413, or a dead letter; send a reference',
  },
  { where: 'all', what: 'pixels of an image', bound: option('EPEE_IMAGE_MAX_PIXELS'), beyond: '413, or a dead letter' },
  { where: 'worker', what: 'image at a reference', bound: option('EPEE_IMAGE_MAX_BYTES'), beyond: 'dead letter' },
  {
    where: 'worker',
    what: 'images that are fetched and decoded at the same time',
    bound: constant('shared/adapters/imaging/image-reader.ts', 'IMAGES_AT_A_TIME', 'other'),
    beyond: 'the next one waits',
  },
  {
    where: 'all',
    what: 'schemas of producers in the cache of a codec',
    bound: constant('shared/adapters/avro/codec.ts', 'MAX_CACHED_READERS', 'other'),
    beyond: 'the oldest is dropped and fetched again',
  },
  {
    where: 'all',
    what: 'answer of the schema registry',
    bound: constant('shared/adapters/avro/rest-registry.ts', 'MAX_ANSWER_BYTES', 'bytes'),
    beyond: 'counts as unreachable',
  },
  {
    where: 'all',
    what: 'depth of an Avro value',
    bound: constant('shared/adapters/avro/cursor.ts', 'MAX_DEPTH', 'other'),
    beyond: 'dead letter',
  },
  {
    where: 'all',
    what: 'items without content in an Avro value',
    bound: constant('shared/adapters/avro/cursor.ts', 'MAX_ZERO_WIDTH_ITEMS', 'other'),
    beyond: 'dead letter',
  },
  {
    where: 'all',
    what: 'a compressed send, decompressed',
    bound: constant('shared/adapters/kafka/kafkajs-fixes/codecs/cap.ts', 'MAX_DECOMPRESSED_BYTES', 'bytes'),
    beyond: 'the send is not read',
  },
  {
    where: 'all',
    what: 'records of one send',
    bound: constant('shared/pure/stream/limits.ts', 'SEND_LIMITS', 'records', 'maxRecords'),
    beyond: 'the next send',
  },
  {
    where: 'all',
    what: 'bytes of one send',
    bound: constant('shared/pure/stream/limits.ts', 'SEND_LIMITS', 'bytes', 'maxBytes'),
    beyond: 'the next send; a larger record goes alone',
  },
  {
    where: 'all',
    what: 'partition counts, lanes and producers in memory',
    bound: words('one per partition of the topics in use'),
    beyond: '',
  },
  {
    where: 'all',
    what: "an error's stack in a log line",
    bound: constant('shared/runtime/telemetry/error-fields.ts', 'MAX_FRAMES', 'other'),
    beyond: 'is cut',
  },
  {
    where: 'all',
    what: 'label values of metrics',
    bound: words('codes, stages, policies, tasks, partitions: none grows with the data'),
    beyond: '',
  },
  {
    where: 'ingest',
    what: 'connections',
    bound: option('EPEE_INGEST_MAX_CONNECTIONS'),
    beyond: '503 with Retry-After; beyond twice the limit: dropped',
  },
  { where: 'ingest', what: 'request bytes in flight', bound: option('EPEE_INGEST_MAX_IN_FLIGHT_BYTES'), beyond: '503 with Retry-After' },
  {
    where: 'ingest',
    what: 'bytes that every request counts at least',
    bound: constant('services/ingest/http/request.ts', 'MIN_REQUEST_BYTES', 'bytes'),
    beyond: '',
  },
  {
    where: 'ingest',
    what: 'notes of a stream in flight to Kafka, in notes of the largest size',
    bound: constant('services/ingest/http/app.ts', 'WINDOW_NOTES', 'other'),
    beyond: 'the stream is read no further',
  },
  {
    where: 'ingest',
    what: 'records of a publish',
    bound: constant('shared/pure/stream/limits.ts', 'PUBLISH_LIMITS', 'records', 'maxRecords'),
    beyond: 'the next publish',
  },
  {
    where: 'ingest',
    what: 'refused lines that an answer lists',
    bound: constant('services/ingest/accepting/accept.ts', 'MAX_LISTED', 'other'),
    beyond: 'are counted only',
  },
  {
    where: 'ingest',
    what: 'rest of a refused body that is read and dropped',
    bound: constant('services/ingest/http/request.ts', 'MAX_DISCARDED_BYTES', 'bytes'),
    beyond: 'the connection is closed',
  },
  {
    where: 'worker, projector',
    what: 'one fetch from a broker',
    bound: constant('shared/adapters/kafka/consuming/membership.ts', 'MAX_BYTES', 'bytes'),
    beyond: 'the next fetch begins when all of it is processed',
  },
  {
    where: 'worker, projector',
    what: 'one fetch from a partition',
    bound: constant('shared/adapters/kafka/consuming/membership.ts', 'MAX_BYTES_PER_PARTITION', 'bytes'),
    beyond: 'the next fetch; a larger record comes alone',
  },
  {
    where: 'worker',
    what: 'records of a sub-batch',
    bound: constant('shared/pure/stream/limits.ts', 'EXTRACTION_LIMITS', 'records', 'maxRecords'),
    beyond: 'the next sub-batch',
  },
  {
    where: 'worker',
    what: 'bytes of a sub-batch',
    bound: constant('shared/pure/stream/limits.ts', 'EXTRACTION_LIMITS', 'bytes', 'maxBytes'),
    beyond: 'the next sub-batch; a larger record goes alone',
  },
  {
    where: 'worker',
    what: 'sub-batches in the engine',
    bound: constant('services/worker/limits.ts', 'SUB_BATCHES_AT_A_TIME', 'other'),
    beyond: 'partitions wait, and nothing more is fetched',
  },
  {
    where: 'worker',
    what: 'sub-batches of a partition in flight before its commit',
    bound: constant('services/worker/limits.ts', 'SUB_BATCHES_AHEAD', 'other'),
    beyond: 'the partition waits',
  },
  {
    where: 'worker',
    what: 'partitions handled at a time',
    bound: constant('services/worker/limits.ts', 'PARTITIONS_AT_A_TIME', 'other'),
    beyond: 'the others wait',
  },
  {
    where: 'worker',
    what: 'tokens in the queue of the engine',
    bound: option('EPEE_ENGINE_MAX_QUEUED_TOKENS'),
    beyond: 'calls wait with their rows',
  },
  { where: 'worker', what: 'padded tokens of a batch in the model', bound: option('EPEE_BATCH_TOKENS'), beyond: 'the next batch' },
  { where: 'worker', what: 'rows of a batch in the model', bound: option('EPEE_BATCH_ROWS'), beyond: 'the next batch' },
  {
    where: 'worker',
    what: 'candidate pairs of a sentence',
    bound: constant('shared/pure/text/rows/pairs.ts', 'MAX_PAIRS', 'rows'),
    beyond: 'further pairs are left out and counted',
  },
  {
    where: 'worker',
    what: 'sub-batches of imports in the engine',
    bound: constant('services/worker/limits.ts', 'BATCH_SUB_BATCHES_AT_A_TIME', 'other'),
    beyond: 'imports wait, other notes do not',
  },
  { where: 'jobs', what: 'imports that are read at a time', bound: option('EPEE_JOBS_CONCURRENCY'), beyond: 'the others wait' },
  {
    where: 'jobs',
    what: 'notes of an import that wait for the worker',
    bound: option('EPEE_JOBS_MAX_AHEAD_NOTES'),
    beyond: 'the import pauses',
  },
  {
    where: 'projector',
    what: 'records of a round trip to Redis',
    bound: constant('shared/pure/stream/limits.ts', 'PROJECTION_LIMITS', 'records', 'maxRecords'),
    beyond: 'the next round trip',
  },
  {
    where: 'projector',
    what: 'bytes of a round trip to Redis',
    bound: constant('shared/pure/stream/limits.ts', 'PROJECTION_LIMITS', 'bytes', 'maxBytes'),
    beyond: 'the next round trip',
  },
  {
    where: 'projector',
    what: 'commands that wait for a lost Redis',
    bound: words('none: they fail at once, and the partition waits'),
    beyond: '',
  },
  { where: 'Redis', what: 'stream of latest results', bound: option('EPEE_REDIS_STREAM_MAX_LENGTH'), beyond: 'the oldest are dropped' },
  {
    where: 'Redis',
    what: 'results and patients',
    bound: words('one hash per document and one set per patient: grows with the documents; size Redis for them'),
    beyond: 'the projection pauses (`noeviction`)',
  },
  {
    where: 'epee ingest, extract',
    what: 'notes read ahead, in batches',
    bound: constant('tools/publish/publish-rows.ts', 'MAX_NOTES', 'records'),
    beyond: 'the file is read no further',
  },
  {
    where: 'epee dead-letters',
    what: 'dead letters of a transaction',
    bound: constant('shared/pure/stream/limits.ts', 'SETTLEMENT_LIMITS', 'records', 'maxRecords'),
    beyond: 'the next transaction',
  },
  {
    where: 'epee dead-letters',
    what: 'bytes of a transaction',
    bound: constant('shared/pure/stream/limits.ts', 'SETTLEMENT_LIMITS', 'bytes', 'maxBytes'),
    beyond: 'the next transaction',
  },
  { where: 'epee dead-letters', what: 'marks in memory', bound: words('one per dead letter on the topic'), beyond: '' },
  {
    where: 'epee dead-letters',
    what: 'kinds of dead letters that are counted separately',
    bound: constant('tools/dead-letters/tally.ts', 'MAX_KINDS', 'other'),
    beyond: 'counted as other',
  },
  {
    where: 'epee dead-letters',
    what: 'attempts in the history of a record',
    bound: constant('shared/pure/stream/attempts.ts', 'HISTORY_MAX_LENGTH', 'other'),
    beyond: 'the oldest entries are dropped; the count stays',
  },
];

/** The lines before and after the table of limits in docs/OPERATIONS.md. */
export const LIMITS_MARKERS = ['<!-- limits: made by `npm run docs` -->', '<!-- limits end -->'] as const;

/**
 * Makes the table of limits.
 * @param readSource answers the text of a file by its path in the repository
 * @throws Error where a constant is not in its file: correct its row of `LIMITS`
 */
export function limitsTable(readSource: (file: string) => string): string {
  const rows = LIMITS.map(({ where, what, bound, beyond }) => `| ${where} | ${what} | ${boundText(bound, readSource)} | ${beyond} |`);
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
