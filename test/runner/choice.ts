/** The kinds of tests, in the order in which they run. */
export const SUITES = ['unit', 'integration', 'faults'] as const;

/** One of {@link SUITES}. */
export type Suite = (typeof SUITES)[number];

/** What one suite is to run: arguments for mocha, or null where it has nothing to do. */
export type Choice = Readonly<Record<Suite, readonly string[] | null>>;

/** Mark of the fault tests that run with all others; the rest takes many minutes. */
const SHORT = ['--grep', '@short'];
/** Asks for the whole fault suite, and for nothing else. */
const FAULTS = '--faults';

/**
 * Splits the arguments of `npm test -- ...`: test files go to the suite whose folder they lie in (and then only those files run), everything else to all. Of the fault
 * suite only its short tests run, and with a pattern none.
 */
export function chooseSuites(args: readonly string[]): Choice {
  const files = args.filter((arg) => arg.endsWith('.test.ts'));
  const others = args.filter((arg) => !arg.endsWith('.test.ts') && arg !== FAULTS);
  const of = (suite: Suite) => {
    if (files.length === 0) return others;
    const own = files.filter((file) => `/${file.replaceAll('\\', '/')}`.includes(`/test/${suite}/`));
    return own.length === 0 ? null : [...others, ...own];
  };
  if (args.includes(FAULTS)) return { unit: null, integration: null, faults: of('faults') };
  const hasPattern = others.some((arg) => /^(-g|-f|--grep|--fgrep)(=|$)/.test(arg));
  const short = hasPattern ? null : [...others, ...SHORT];
  return { unit: of('unit'), integration: of('integration'), faults: files.length === 0 ? short : of('faults') };
}

/** Whether test files are named, so that the suite's own list must not be used. */
export const namesFiles = (args: readonly string[]): boolean => args.some((arg) => arg.endsWith('.test.ts'));
