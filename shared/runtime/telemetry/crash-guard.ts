import type { Logger } from './logger.ts';

/** The parts of `process` that {@link guardCrashes} uses. */
export interface CrashingProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Ends the process with 1 after an uncaught error, and logs only {@link errorFields}. Node alone
 * would print the message of the error and the line of code, and both may quote a note.
 * @param logger answers the current logger
 * @returns a function that removes the guard
 */
export function guardCrashes(target: CrashingProcess, logger: () => Pick<Logger, 'fatal'>): () => void {
  const onCrash = (error: unknown) => {
    try {
      logger().fatal('an uncaught error ends the process', {}, error);
    } finally {
      target.exit(1);
    }
  };
  target.on('uncaughtException', onCrash);
  target.on('unhandledRejection', onCrash);
  return () => {
    target.off('uncaughtException', onCrash);
    target.off('unhandledRejection', onCrash);
  };
}
