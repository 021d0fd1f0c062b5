import { classify, EpeeError, type ErrorCode, type Stage } from '@epee/errors';

/** Why a record could not be worked on. Holds no clinical text. */
export interface RecordFailure {
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly message: string;
  /** Times that the record was worked on. @default 1 */
  readonly attempts?: number;
}

/** What a worker does with a record whose work ended in an error. */
export type RecordVerdict = 'dead-letter' | 'wait' | 'crash';

/**
 * What to do with a record after `error`. Errors that are the record's own (`dead-letter`, and `reject`, as no caller waits for an answer) go to the dead
 * letters, so does what nobody foresaw: it would hit again at every attempt. Broken infrastructure waits, a process that cannot continue crashes.
 */
export function recordVerdict(error: unknown): RecordVerdict {
  if (!(error instanceof EpeeError)) return 'dead-letter';
  const action = classify(error);
  if (action === 'retry' || action === 'pause') return 'wait';
  return action === 'crash' ? 'crash' : 'dead-letter';
}

/**
 * The failure that a dead letter reports. Only messages of {@link EpeeError} are kept: other errors may quote what they worked on.
 * @param stage where the error arose, for errors that do not say
 */
export function recordFailure(error: unknown, stage: Stage): RecordFailure {
  if (error instanceof EpeeError) return { code: error.code, stage: error.stage, message: error.message };
  const kind = error instanceof Error && /^[A-Za-z]{1,60}$/.test(error.name) ? error.name : 'error';
  return {
    code: 'EXTRACTION_FAILED',
    stage,
    message: `Unexpected ${kind} in stage ${stage}; its message is withheld as it may quote the record`,
  };
}
