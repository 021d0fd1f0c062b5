/** The two kinds of tests, in the order in which they run. */
export const SUITES = ['unit', 'integration'] as const;

/** One of {@link SUITES}. */
export type Suite = (typeof SUITES)[number];

/** What one suite is to run: arguments for mocha, or null where it has nothing to do. */
export type Choice = Readonly<Record<Suite, readonly string[] | null>>;

/**
 * Splits the arguments of `npm test -- ...`: test files go to the suite whose folder they lie in (and then only those files run), everything else to both.
 */
export function chooseSuites(args: readonly string[]): Choice {
  const files = args.filter((arg) => arg.endsWith('.test.ts'));
  const others = args.filter((arg) => !arg.endsWith('.test.ts'));
  const of = (suite: Suite) => {
    if (files.length === 0) return others;
    const own = files.filter((file) => `/${file.replaceAll('\\', '/')}`.includes(`/test/${suite}/`));
    return own.length === 0 ? null : [...others, ...own];
  };
  return { unit: of('unit'), integration: of('integration') };
}

/** Whether test files are named, so that the suite's own list must not be used. */
export const namesFiles = (args: readonly string[]): boolean => args.some((arg) => arg.endsWith('.test.ts'));
