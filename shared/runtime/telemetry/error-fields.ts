import { EpeeError } from '@epee/errors';

const MAX_CAUSES = 4;
const MAX_FRAMES = 12;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,60}$/;
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
/**
 * A frame ends with the path of a file, a line and a column; text that imitates a frame does not.
 */
const FRAME = /^ {4}at (?:[\w$.<>[\] ]{1,120} \()?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]{1,250}:\d+:\d+\)?$/;

/** The logged form of an error. */
export interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly stage?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly frames?: readonly string[];
  readonly cause?: LoggedError;
}

/**
 * The loggable part of any thrown value. An {@link EpeeError} gives its code, stage, message and
 * hint: by contract they hold no text of a record. Every other value gives only its name, a system
 * code such as ECONNREFUSED, and the frames of its stack: messages of libraries may quote a record.
 */
export function errorFields(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { name: 'NotAnError' };
  const cause = error.cause !== undefined && depth < MAX_CAUSES ? { cause: errorFields(error.cause, depth + 1) } : {};
  if (error instanceof EpeeError) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { name: error.name, code: error.code, stage: error.stage, message: error.message, ...hint, ...cause };
  }
  const { code } = error as { code?: unknown };
  const systemCode = typeof code === 'string' && SYSTEM_CODE.test(code) ? { code } : {};
  return { name: NAME.test(error.name) ? error.name : 'Error', ...systemCode, frames: stackFrames(error), ...cause };
}

/** Frames of a stack without the message; none where the end of the message is uncertain. */
export function stackFrames(error: Error): string[] {
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const end = error.message === '' ? 0 : stack.indexOf(error.message);
  if (end < 0) return [];
  return stack
    .slice(end + error.message.length)
    .split('\n')
    .slice(1)
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
}
