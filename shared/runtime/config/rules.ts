import type { Settings } from './options.ts';

/**
 * A rule over several options. It answers the problem with both values, never a secret; or `null`.
 */
type Rule = (settings: Settings) => string | null;

const isLoopback = (broker: string) => /^(127\.|localhost:|\[::1\])/.test(broker);

const saslIsComplete: Rule = ({
  EPEE_KAFKA_SASL_MECHANISM: mechanism,
  EPEE_KAFKA_SASL_USERNAME: user,
  EPEE_KAFKA_SASL_PASSWORD_FILE: file,
}) => {
  if (mechanism === null) {
    return user === null && file === null
      ? null
      : 'EPEE_KAFKA_SASL_USERNAME and EPEE_KAFKA_SASL_PASSWORD_FILE need EPEE_KAFKA_SASL_MECHANISM, which is empty';
  }
  const missing = [user === null && 'EPEE_KAFKA_SASL_USERNAME', file === null && 'EPEE_KAFKA_SASL_PASSWORD_FILE'].filter(
    (name) => name !== false,
  );
  return missing.length === 0 ? null : `EPEE_KAFKA_SASL_MECHANISM=${mechanism} needs ${missing.join(' and ')}`;
};

const plainPasswordIsHidden: Rule = ({ EPEE_KAFKA_SASL_MECHANISM: mechanism, EPEE_KAFKA_TLS: tls, EPEE_KAFKA_BROKERS: brokers }) =>
  mechanism === 'plain' && !tls && !brokers.every(isLoopback)
    ? 'EPEE_KAFKA_SASL_MECHANISM=plain with EPEE_KAFKA_TLS=false would send the password unencrypted to another machine; set EPEE_KAFKA_TLS=true'
    : null;

const caNeedsTls: Rule = ({ EPEE_KAFKA_TLS: tls, EPEE_KAFKA_TLS_CA_FILE: ca }) =>
  ca !== null && !tls ? 'EPEE_KAFKA_TLS_CA_FILE is set, but EPEE_KAFKA_TLS=false' : null;

const redisCaNeedsTls: Rule = ({ EPEE_REDIS_URL: url, EPEE_REDIS_TLS_CA_FILE: ca }) =>
  ca !== null && !url.startsWith('rediss:') ? 'EPEE_REDIS_TLS_CA_FILE is set, but EPEE_REDIS_URL does not begin with rediss://' : null;

/** Every option that names a topic; all topics must differ. */
const TOPICS = [
  'EPEE_NOTES_TOPIC',
  'EPEE_BATCH_NOTES_TOPIC',
  'EPEE_IMAGES_TOPIC',
  'EPEE_RESULTS_TOPIC',
  'EPEE_DEAD_LETTERS_TOPIC',
  'EPEE_DEAD_LETTER_MARKS_TOPIC',
  'EPEE_AUDIT_TOPIC',
  'EPEE_REPLAYS_TOPIC',
  'EPEE_REPLAY_RUNS_TOPIC',
] as const;

const topicsDiffer: Rule = (settings) => {
  const twins = TOPICS.flatMap((one, at) =>
    TOPICS.slice(at + 1)
      .filter((other) => settings[other] === settings[one])
      .map((other) => [one, other] as const),
  )[0];
  return twins === undefined ? null : `${twins[0]} and ${twins[1]} must differ, but both are ${settings[twins[0]]}`;
};

const queueHoldsABatch: Rule = ({ EPEE_BATCH_TOKENS: batch, EPEE_ENGINE_MAX_QUEUED_TOKENS: queue }) =>
  batch !== null && batch > queue
    ? `EPEE_BATCH_TOKENS=${batch} is more than EPEE_ENGINE_MAX_QUEUED_TOKENS=${queue}: a batch could never fill`
    : null;

const flightHoldsANote: Rule = ({ EPEE_NOTE_MAX_BYTES: note, EPEE_INGEST_MAX_IN_FLIGHT_BYTES: flight }) =>
  note > flight
    ? `EPEE_NOTE_MAX_BYTES=${note} is more than EPEE_INGEST_MAX_IN_FLIGHT_BYTES=${flight}: the largest note could never enter`
    : null;

const registryAccountIsComplete: Rule = ({
  EPEE_SCHEMA_REGISTRY_URL: registry,
  EPEE_SCHEMA_REGISTRY_USERNAME: user,
  EPEE_SCHEMA_REGISTRY_PASSWORD_FILE: file,
}) => {
  if ((user === null) !== (file === null))
    return 'EPEE_SCHEMA_REGISTRY_USERNAME and EPEE_SCHEMA_REGISTRY_PASSWORD_FILE must both be set, but one is empty';
  return user !== null && registry === null ? 'EPEE_SCHEMA_REGISTRY_USERNAME needs EPEE_SCHEMA_REGISTRY_URL, which is empty' : null;
};

const RULES: readonly Rule[] = [
  saslIsComplete,
  plainPasswordIsHidden,
  caNeedsTls,
  redisCaNeedsTls,
  topicsDiffer,
  queueHoldsABatch,
  flightHoldsANote,
  registryAccountIsComplete,
];

/** Problems of options that contradict each other. */
export function crossProblems(settings: Settings): string[] {
  return RULES.map((rule) => rule(settings)).filter((problem) => problem !== null);
}
