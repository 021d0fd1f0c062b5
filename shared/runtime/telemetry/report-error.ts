import { EpeeError } from '@epee/errors';
import { errorFields, stackFrames } from './error-fields.ts';

const MAX_STACK_LINES = 100;

/**
 * An error as text for people: a line with message and code, and a line with the hint. With
 * `withStack`, the stacks of the error and its causes follow, without the messages of libraries.
 */
export function describeError(error: unknown, withStack = false): string {
  const known = asEpeeError(error);
  const lines = [`epee: ${known.message} (${known.code})`];
  if (known.hint !== undefined) lines.push(`  ${known.hint}`);
  if (withStack) lines.push(...stacks(error));
  return lines.join('\n');
}

/** Any thrown value as an {@link EpeeError}; an unexpected one becomes INTERNAL. */
export function asEpeeError(error: unknown): EpeeError {
  if (error instanceof EpeeError) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new EpeeError('INTERRUPTED', 'Interrupted', { stage: 'cli', cause: error });
  const name = error instanceof Error ? error.name : typeof error;
  // The message of a library may quote a record, so only the kind of error is shown.
  return new EpeeError('INTERNAL', `An unexpected ${name} ended the command`, {
    stage: 'cli',
    hint: 'Run the command again with EPEE_LOG_LEVEL=debug to see where the error arose, and report it.',
    cause: error,
  });
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error && lines.length < MAX_STACK_LINES; cause = cause.cause) {
    // Without the messages of libraries, which may quote a note.
    const { name, code, message } = errorFields(cause);
    lines.push([name, code, message].filter((part) => part !== undefined).join(': '), ...stackFrames(cause).map((frame) => `    ${frame}`));
  }
  return lines;
}
