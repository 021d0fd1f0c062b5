import { EpeeError } from '@epee/errors';

const MAX_CAUSES = 4;
const MAX_FRAMES = 12;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,60}$/;
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
/** A frame ends in a file's path, line and column; text that imitates a frame does not. */
const FRAME = /^ {4}at (?:[\w$.<>[\] ]{1,120} \()?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]{1,250}:\d+:\d+\)?$/;

/** What is logged of an error. */
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
 * What may be logged of any thrown value. Of an {@link EpeeError}: code, stage, message and hint, which by its contract hold no text of a record. Of everything else only
 * the name, a system code such as ECONNREFUSED and the stack's frames: messages of other libraries may quote what they were given.
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

/** Frames of an error's stack without the message in front of them; none where the message cannot be told apart for certain. */
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
