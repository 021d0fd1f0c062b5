import { type DestinationStream, destination as fileDestination, pino } from 'pino';
import { errorFields } from './error-fields.ts';
import { allowedFields, type LogFields } from './fields.ts';

/**
 * A string that is constant in the code: the compiler refuses variables of type `string` and
 * templates with variables.
 */
export type Constant<S extends string> = Record<never, never> extends Record<S, true> ? never : S;

/** Writes one line. The message is a constant; variable parts go into the fields. */
export type LogMethod = <const S extends string>(message: Constant<S>, fields?: LogFields, error?: unknown) => void;

/**
 * Writes JSON lines without any text of a record, see {@link LOG_FIELDS} and {@link errorFields}.
 */
export interface Logger {
  readonly fatal: LogMethod;
  readonly error: LogMethod;
  readonly warn: LogMethod;
  readonly info: LogMethod;
  readonly debug: LogMethod;
  /** A logger that adds fields to every line. */
  child(fields: LogFields): Logger;
}

/** Options of a logger. */
export interface LoggerOptions {
  /** Name of the program, on every line. */
  readonly service: string;
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /**
   * @default standard error, written synchronously so that nothing is lost when the process ends
   */
  readonly destination?: DestinationStream;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;

/**
 * Makes a logger. Each line is one JSON object with level, time (ISO 8601), service, message,
 * allowed fields and `error`.
 */
export function createLogger({ service, level, destination = fileDestination({ fd: 2, sync: true }) }: LoggerOptions): Logger {
  const sink = pino(
    {
      level,
      base: { service },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return wrap(sink, {});
}

type Sink = Record<(typeof LEVELS)[number], (fields: object, message: string) => void>;

function wrap(sink: Sink, always: LogFields): Logger {
  const method =
    (level: (typeof LEVELS)[number]) =>
    (message: string, fields: LogFields = {}, error?: unknown): void =>
      sink[level]({ ...allowedFields({ ...always, ...fields }), ...(error === undefined ? {} : { error: errorFields(error) }) }, message);
  const methods = Object.fromEntries(LEVELS.map((level) => [level, method(level)])) as unknown as Omit<Logger, 'child'>;
  return { ...methods, child: (fields) => wrap(sink, { ...always, ...fields }) };
}
