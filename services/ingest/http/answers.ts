import { EpeeError, type ErrorCode } from '@epee/errors';
import type { FastifyReply } from 'fastify';

const RETRY_AFTER_SECONDS = 2;

const STATUS: Partial<Record<ErrorCode, number>> = {
  REQUEST_JSON_INVALID: 400,
  REQUEST_FIELD_INVALID: 400,
  POLICY_UNKNOWN: 400,
  TEXT_INVALID_UTF8: 400,
  TEXT_EMPTY: 400,
  TEXT_FORMAT_UNSUPPORTED: 400,
  IMAGE_EMPTY: 400,
  IMAGE_UNREADABLE: 400,
  IMAGE_MISMATCH: 400,
  REQUEST_NOT_FOUND: 404,
  REQUEST_TOO_SLOW: 408,
  REQUEST_TOO_LARGE: 413,
  TEXT_TOO_LARGE: 413,
  IMAGE_TOO_LARGE: 413,
  RECORD_TOO_LARGE: 413,
  REQUEST_MEDIA_TYPE_UNSUPPORTED: 415,
  INGEST_CLIENT_OVERLOADED: 429,
  INGEST_OVERLOADED: 503,
  INGEST_UNAVAILABLE: 503,
  // Sending again does not help: the operator must act.
  KAFKA_FORBIDDEN: 500,
  KAFKA_LOGIN_REFUSED: 500,
  KAFKA_CONFIG_REFUSED: 500,
  KAFKA_TOPIC_MISSING: 500,
};

/** The body of an error answer. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** JSON path of the field at fault. */
  readonly path?: string;
  readonly hint?: string;
}

/**
 * Whether the caller gets an error's own code and message. Every other error is the server's, and
 * callers do not see its message.
 */
export const isCallers = (error: unknown): error is EpeeError => error instanceof EpeeError && STATUS[error.code] !== undefined;

/** An error in the form that callers get. */
export function problemOf(error: unknown): Problem {
  if (!isCallers(error)) return { code: 'INTERNAL', message: 'The server failed; its log has the cause' };
  const { path } = error.details;
  return {
    code: error.code,
    message: error.message,
    ...(typeof path === 'string' ? { path } : {}),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

/** HTTP status of an error. */
export const statusOf = (error: unknown): number => (isCallers(error) ? STATUS[error.code]! : 500);

/** Answers with an error; `more` is added to the body. */
export function sendProblem(reply: FastifyReply, error: unknown, more: object = {}): FastifyReply {
  const status = statusOf(error);
  if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
  // What has not come of a request is not waited for.
  if (status === 408) reply.header('connection', 'close');
  return reply.code(status).send({ ...problemOf(error), ...more });
}
