import type { Logger } from './logger.ts';

/** The parts of `process` that {@link guardCrashes} uses. */
export interface CrashingProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Ends the process with 1 after an error that nobody caught. By itself Node would print the error's message and the line of code, and either may quote a note; here only
 * what may be logged of any error is.
 * @param logger answers the logger to use at that moment
 * @returns a function that takes the guard away
 */
export function guardCrashes(target: CrashingProcess, logger: () => Pick<Logger, 'fatal'>): () => void {
  const onCrash = (error: unknown) => {
    try {
      logger().fatal('an error that nobody caught ends the process', {}, error);
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
