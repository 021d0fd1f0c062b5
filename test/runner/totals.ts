/** Numbers of tests by result. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Adds up totals. */
export function sum(all: readonly Totals[]): Totals {
  return all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}

/**
 * The totals of one run of mocha. A run may fail without a failed test: a file does not load, the
 * process crashes, the run never ends. Such a run counts as one failure, so that it never looks
 * green.
 *
 * @param written the totals that the reporter wrote, or undefined where the run ended before
 * @param succeeded whether mocha ended in time with exit code 0
 */
export function totalsOf(written: Totals | undefined, succeeded: boolean): Totals {
  const { passed, failed } = written ?? { passed: 0, failed: 0 };
  return { passed, failed: succeeded || failed > 0 ? failed : 1 };
}

/** The line that ends a run. */
export function closingLine({ passed, failed }: Totals): string {
  return `${passed} passed, ${failed} failed`;
}
