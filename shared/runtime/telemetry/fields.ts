/**
 * Every field that a log line may have, with its kind of value: `number` (finite numbers and
 * bigints), `flag` (booleans), `word` (names, codes, addresses: no spaces, at most 200 characters).
 * Document ids, patient references, record keys and texts have no field, on purpose.
 */
export const LOG_FIELDS = {
  action: 'word',
  address: 'word',
  attempts: 'number',
  bytes: 'number',
  client: 'word',
  code: 'word',
  count: 'number',
  deadLetters: 'number',
  durationMs: 'number',
  fp32Ms: 'number',
  group: 'word',
  host: 'word',
  int8Ms: 'number',
  lagRecords: 'number',
  layersFull: 'number',
  layersRun: 'number',
  limitMs: 'number',
  method: 'word',
  model: 'word',
  modelSha256: 'word',
  modelVersion: 'word',
  notes: 'number',
  offset: 'number',
  partition: 'number',
  partitions: 'number',
  policy: 'word',
  port: 'number',
  precision: 'word',
  provider: 'word',
  queuedTokens: 'number',
  ready: 'flag',
  records: 'number',
  requestId: 'word',
  results: 'number',
  retryInMs: 'number',
  route: 'word',
  rows: 'number',
  schemaId: 'number',
  signal: 'word',
  stage: 'word',
  status: 'number',
  threads: 'number',
  topic: 'word',
  worker: 'number',
} as const;

/** Name of a field of a log line. */
export type LogField = keyof typeof LOG_FIELDS;

interface ValueOf {
  number: number | bigint;
  flag: boolean;
  word: string;
}

/** Fields of a log line; all are optional. */
export type LogFields = { readonly [K in LogField]?: ValueOf[(typeof LOG_FIELDS)[K]] | undefined };

const WORD = /^[A-Za-z0-9._:/@+,[\]-]{1,200}$/;
const WITHHELD = '(withheld)';

/**
 * The fields that may be written. Unknown names are dropped, and `(withheld)` replaces values of
 * the wrong kind. It accepts any object, because a cast or plain JavaScript gets past the type.
 */
export function allowedFields(fields: object): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || !Object.hasOwn(LOG_FIELDS, name)) continue;
    allowed[name] = allowedValue(LOG_FIELDS[name as LogField], value);
  }
  return allowed;
}

function allowedValue(kind: keyof ValueOf, value: unknown): unknown {
  if (kind === 'word') return typeof value === 'string' && WORD.test(value) ? value : WITHHELD;
  if (kind === 'flag') return typeof value === 'boolean' ? value : WITHHELD;
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'number' && Number.isFinite(value) ? value : WITHHELD;
}
