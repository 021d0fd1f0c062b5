import { ERROR_CODES, type ErrorAction, type ErrorCode, type Stage } from './codes.ts';

/** Data of an error besides its message; never clinical text. */
export interface ErrorDetails {
  /** Part of the flow in which the error arose. */
  readonly stage: Stage;
  /** Ids, sizes, limits and field names that help to find the cause; never clinical text. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** What to do about the error, in one sentence for the person who reads it. */
  readonly hint?: string;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * The program's only error class. A message says what failed, which field or option, the limit and
 * the actual value; never the text of a record.
 */
export class EpeeError extends Error {
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly details: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, { stage, details = {}, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EpeeError';
    this.code = code;
    this.stage = stage;
    this.details = details;
    this.hint = hint;
  }

  /** Whether the same work may succeed at another attempt. */
  get retriable(): boolean {
    const action = ERROR_CODES[this.code];
    return action === 'retry' || action === 'pause';
  }
}

/** What to do about a thrown value: the action of its code, or `crash` where it has none. */
export function classify(error: unknown): ErrorAction {
  return error instanceof EpeeError ? ERROR_CODES[error.code] : 'crash';
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set(['KAFKA_FORBIDDEN', 'KAFKA_LOGIN_REFUSED', 'KAFKA_CONFIG_REFUSED']);

/** Whether the brokers answered and said no: the same request is refused until somebody changes a right, an account or a setting. */
export const isRefusal = (error: unknown): error is EpeeError => error instanceof EpeeError && REFUSALS.has(error.code);
