import { EpeeError } from '@epee/errors';
import { errorFields, stackFrames } from './error-fields.ts';

const MAX_STACK_LINES = 100;

/**
 * What a person reads of an error: one line with the code, and a line with the hint where there is one. With `withStack` the stacks of the error and its
 * causes follow, without the messages of other libraries.
 */
export function describeError(error: unknown, withStack = false): string {
  const known = asEpeeError(error);
  const lines = [`epee: ${known.message} (${known.code})`];
  if (known.hint !== undefined) lines.push(`  ${known.hint}`);
  if (withStack) lines.push(...stacks(error));
  return lines.join('\n');
}

/** Any thrown value as an {@link EpeeError}; what nobody foresaw becomes INTERNAL. */
export function asEpeeError(error: unknown): EpeeError {
  if (error instanceof EpeeError) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new EpeeError('INTERRUPTED', 'interrupted', { stage: 'cli', cause: error });
  const name = error instanceof Error ? error.name : typeof error;
  // Messages of other libraries may quote a record: only the kind of error is shown.
  return new EpeeError('INTERNAL', `An unforeseen ${name} ended the command`, {
    stage: 'cli',
    hint: 'Run it again with EPEE_LOG_LEVEL=debug to see where it arose, and report it.',
    cause: error,
  });
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error && lines.length < MAX_STACK_LINES; cause = cause.cause) {
    // Without the messages of others, which may quote a note.
    const { name, code, message } = errorFields(cause);
    lines.push([name, code, message].filter((part) => part !== undefined).join(': '), ...stackFrames(cause).map((frame) => `    ${frame}`));
  }
  return lines;
}
