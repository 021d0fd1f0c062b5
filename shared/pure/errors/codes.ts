/**
 * Every error code, with the action of the program. docs/ERRORS.md explains each code; a test
 * compares the two lists.
 *
 * - `dead-letter`: the record is bad. It goes to the dead-letter topic; its partition continues.
 * - `retry`: the same work may succeed at the next attempt.
 * - `pause`: infrastructure is down. No record becomes a dead letter; work waits and then resumes.
 * - `crash`: the process cannot continue and exits with 1.
 * - `reject`: the caller gets the error (HTTP status or exit code).
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'crash',
  MODEL_MISSING: 'crash',
  MODEL_INVALID: 'crash',
  MODEL_DIGEST_MISMATCH: 'crash',
  MODEL_LOAD_FAILED: 'crash',
  TERMINOLOGY_MISSING: 'crash',
  TERMINOLOGY_INVALID: 'crash',
  POLICY_UNKNOWN: 'reject',
  POLICY_NOT_CERTIFIED: 'reject',
  ENGINE_ROW_INVALID: 'dead-letter',
  ENGINE_NON_FINITE: 'dead-letter',
  ENGINE_WORKER_DIED: 'dead-letter',
  ENGINE_RUN_FAILED: 'dead-letter',
  ENGINE_CLOSED: 'crash',
  RECORD_EMPTY: 'dead-letter',
  RECORD_FRAMING_INVALID: 'dead-letter',
  RECORD_TOO_LARGE: 'dead-letter',
  RECORD_CRASHES_WORKER: 'dead-letter',
  SCHEMA_UNKNOWN: 'dead-letter',
  SCHEMA_INCOMPATIBLE: 'dead-letter',
  SCHEMA_REGISTRY_UNREACHABLE: 'pause',
  AVRO_INVALID: 'dead-letter',
  RECORD_INVALID: 'dead-letter',
  TEXT_INVALID_UTF8: 'dead-letter',
  TEXT_EMPTY: 'dead-letter',
  TEXT_TOO_LARGE: 'dead-letter',
  TEXT_FORMAT_UNSUPPORTED: 'dead-letter',
  EXTRACTION_FAILED: 'dead-letter',
  IMAGE_EMPTY: 'dead-letter',
  IMAGE_UNREADABLE: 'dead-letter',
  IMAGE_MISMATCH: 'dead-letter',
  IMAGE_TOO_LARGE: 'dead-letter',
  IMAGE_TIMEOUT: 'dead-letter',
  IMAGE_DIGEST_MISMATCH: 'dead-letter',
  IMAGE_REFERENCE_REFUSED: 'dead-letter',
  IMAGE_REFERENCE_MISSING: 'dead-letter',
  IMAGE_FETCH_FAILED: 'dead-letter',
  IMAGE_STORE_UNREACHABLE: 'pause',
  REQUEST_JSON_INVALID: 'reject',
  REQUEST_FIELD_INVALID: 'reject',
  REQUEST_TOO_LARGE: 'reject',
  REQUEST_TOO_SLOW: 'reject',
  REQUEST_MEDIA_TYPE_UNSUPPORTED: 'reject',
  REQUEST_NOT_FOUND: 'reject',
  INGEST_OVERLOADED: 'retry',
  INGEST_CLIENT_OVERLOADED: 'retry',
  INGEST_UNAVAILABLE: 'retry',
  KAFKA_UNREACHABLE: 'pause',
  KAFKA_TOPIC_MISSING: 'crash',
  KAFKA_LOG_CHANGED: 'reject',
  KAFKA_SEND_FAILED: 'retry',
  KAFKA_OUTCOME_UNKNOWN: 'retry',
  KAFKA_FENCED: 'crash',
  KAFKA_FORBIDDEN: 'crash',
  KAFKA_LOGIN_REFUSED: 'crash',
  KAFKA_CONFIG_REFUSED: 'crash',
  REDIS_UNREACHABLE: 'pause',
  REDIS_REFUSED: 'pause',
  RESULT_NOT_FOUND: 'reject',
  RESULT_INCOMPLETE: 'reject',
  DEAD_LETTERS_EMPTY: 'reject',
  DEAD_LETTER_NOT_FOUND: 'reject',
  DEAD_LETTER_DONE: 'reject',
  DEAD_LETTER_BUSY: 'reject',
  AUDIT_FAILED: 'reject',
  REPLAY_NOT_FOUND: 'reject',
  REPLAY_RANGE_INVALID: 'reject',
  REPLAY_RANGE_EMPTY: 'reject',
  REPLAY_LOST: 'reject',
  JOB_NOT_FOUND: 'reject',
  JOB_CANCELLED: 'reject',
  JOB_STATE_INVALID: 'reject',
  JOB_INPUT_INVALID: 'reject',
  JOB_FOLDER_REFUSED: 'reject',
  JOB_OUTCOME_UNKNOWN: 'reject',
  JOB_LOST: 'reject',
  FILE_NOT_FOUND: 'reject',
  FILE_INVALID: 'reject',
  USAGE_INVALID: 'reject',
  STACK_REQUIREMENT_MISSING: 'reject',
  STACK_START_FAILED: 'reject',
  STACK_NOT_RUNNING: 'reject',
  INTERRUPTED: 'reject',
  INTERNAL: 'crash',
} as const;

/** What the program does about an error. */
export type ErrorAction = (typeof ERROR_CODES)[keyof typeof ERROR_CODES];

/** One of the codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Parts of the flow in which errors arise. */
export const STAGES = [
  'config',
  'read',
  'ingest',
  'decode',
  'validate',
  'text',
  'engine',
  'assemble',
  'publish',
  'project',
  'stack',
  'cli',
] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];
