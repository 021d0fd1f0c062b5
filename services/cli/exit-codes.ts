import type { EpeeError, ErrorCode } from '@epee/errors';

/** Every exit code of `epee`, with its meaning. Shown by `--help`. */
export const EXIT_CODES = {
  0: 'done',
  1: 'part of the input failed, or an error without a code of its own',
  2: 'wrong usage, configuration or model package',
  3: 'Kafka, Redis or a required program is missing or out of reach',
  4: 'not found: no such thing, an empty topic, or filters that leave nothing',
  10: 'files of a batch import are missing, not allowed or malformed',
  11: 'a batch import was cancelled',
  12: 'a batch import cannot resume: Redis or Kafka has forgotten it',
  20: 'no exit policy could be certified; the model package is unchanged',
  31: 'done already',
  32: 'another command works on the same dead letters',
  33: 'the audit log could not be written',
  129: 'the terminal was closed (SIGHUP)',
  130: 'interrupted (Ctrl-C)',
  143: 'asked to end (SIGTERM)',
} as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = keyof typeof EXIT_CODES;

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE_INVALID: 2,
  CONFIG_INVALID: 2,
  POLICY_UNKNOWN: 2,
  RESULT_NOT_FOUND: 4,
  POLICY_NOT_CERTIFIED: 20,
  DEAD_LETTERS_EMPTY: 4,
  DEAD_LETTER_NOT_FOUND: 4,
  DEAD_LETTER_DONE: 31,
  DEAD_LETTER_BUSY: 32,
  AUDIT_FAILED: 33,
  FILE_NOT_FOUND: 4,
  REPLAY_NOT_FOUND: 4,
  REPLAY_RANGE_EMPTY: 4,
  REPLAY_RANGE_INVALID: 2,
  REPLAY_LOST: 2,
  JOB_NOT_FOUND: 4,
  JOB_STATE_INVALID: 2,
  JOB_INPUT_INVALID: 10,
  JOB_FOLDER_REFUSED: 10,
  JOB_CANCELLED: 11,
  JOB_OUTCOME_UNKNOWN: 12,
  JOB_LOST: 12,
  INTERRUPTED: 130,
};

const BY_PREFIX: readonly (readonly [prefix: string, ExitCode])[] = [
  ['MODEL_', 2],
  ['TERMINOLOGY_', 2],
  ['KAFKA_', 3],
  ['REDIS_', 3],
  ['STACK_', 3],
  ['SCHEMA_REGISTRY_', 3],
];

/** The exit code for an error that ended a command. */
export function exitCodeFor({ code }: Pick<EpeeError, 'code'>): ExitCode {
  return BY_CODE[code] ?? BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 1;
}

/** The exit code of a command that a signal ended. @param signal its name */
export const signalExitCode = (signal: unknown): ExitCode => (signal === 'SIGTERM' ? 143 : signal === 'SIGHUP' ? 129 : 130);

/** The table for `--help`. */
export function exitCodeTable(): string {
  const rows = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`);
  return ['Exit codes:', ...rows].join('\n');
}
