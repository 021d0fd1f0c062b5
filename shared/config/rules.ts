import type { Settings } from './options.ts';

/** A rule over several options: the problem with both values in it, or `null`. Secrets are never quoted. */
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
    ? 'EPEE_KAFKA_SASL_MECHANISM=plain with EPEE_KAFKA_TLS=false would send the password in the clear to another machine; set EPEE_KAFKA_TLS=true'
    : null;

const caNeedsTls: Rule = ({ EPEE_KAFKA_TLS: tls, EPEE_KAFKA_TLS_CA_FILE: ca }) =>
  ca !== null && !tls ? 'EPEE_KAFKA_TLS_CA_FILE is set but EPEE_KAFKA_TLS=false' : null;

const topicsDiffer: Rule = ({ EPEE_NOTES_TOPIC: notes, EPEE_RESULTS_TOPIC: results, EPEE_DEAD_LETTERS_TOPIC: deadLetters }) =>
  new Set([notes, results, deadLetters]).size === 3
    ? null
    : `EPEE_NOTES_TOPIC, EPEE_RESULTS_TOPIC and EPEE_DEAD_LETTERS_TOPIC must differ, but are ${notes}, ${results} and ${deadLetters}`;

const replayTopicsDiffer: Rule = (settings) => {
  const live = [settings.EPEE_NOTES_TOPIC, settings.EPEE_RESULTS_TOPIC, settings.EPEE_DEAD_LETTERS_TOPIC];
  const { EPEE_REPLAYS_TOPIC: replays, EPEE_REPLAY_RUNS_TOPIC: runs } = settings;
  if (replays !== runs && !live.includes(replays) && !live.includes(runs)) return null;
  return `EPEE_REPLAYS_TOPIC=${replays} and EPEE_REPLAY_RUNS_TOPIC=${runs} must differ from each other and from the topics ${live.join(', ')}`;
};

const queueHoldsABatch: Rule = ({ EPEE_BATCH_TOKENS: batch, EPEE_ENGINE_MAX_QUEUED_TOKENS: queue }) =>
  batch > queue ? `EPEE_BATCH_TOKENS=${batch} is more than EPEE_ENGINE_MAX_QUEUED_TOKENS=${queue}: a batch could never fill` : null;

const flightHoldsANote: Rule = ({ EPEE_NOTE_MAX_BYTES: note, EPEE_INGEST_MAX_IN_FLIGHT_BYTES: flight }) =>
  note > flight
    ? `EPEE_NOTE_MAX_BYTES=${note} is more than EPEE_INGEST_MAX_IN_FLIGHT_BYTES=${flight}: such a note could never enter`
    : null;

const registryAccountIsComplete: Rule = ({
  EPEE_SCHEMA_REGISTRY_URL: registry,
  EPEE_SCHEMA_REGISTRY_USERNAME: user,
  EPEE_SCHEMA_REGISTRY_PASSWORD_FILE: file,
}) => {
  if ((user === null) !== (file === null))
    return 'EPEE_SCHEMA_REGISTRY_USERNAME and EPEE_SCHEMA_REGISTRY_PASSWORD_FILE belong together; one is empty';
  return user !== null && registry === null ? 'EPEE_SCHEMA_REGISTRY_USERNAME needs EPEE_SCHEMA_REGISTRY_URL, which is empty' : null;
};

const RULES: readonly Rule[] = [
  saslIsComplete,
  plainPasswordIsHidden,
  caNeedsTls,
  topicsDiffer,
  replayTopicsDiffer,
  queueHoldsABatch,
  flightHoldsANote,
  registryAccountIsComplete,
];

/** Problems that only show when several options are seen together. */
export function crossProblems(settings: Settings): string[] {
  return RULES.map((rule) => rule(settings)).filter((problem) => problem !== null);
}
