/** Numbers of tests, by how they ended. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Adds up totals. */
export function sum(all: readonly Totals[]): Totals {
  return all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}

/**
 * The totals of one run of mocha. A run that fails without a failed test (a file that does not load, a crash, a run that never ends) counts as one
 * failure more, so that a broken run never looks green.
 *
 * @param written what the reporter left, or undefined where the run did not get that far
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
