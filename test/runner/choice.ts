/** The kinds of tests, in the order in which they run. */
export const SUITES = ['unit', 'integration', 'faults'] as const;

/** One of {@link SUITES}. */
export type Suite = (typeof SUITES)[number];

/** Arguments of mocha for each suite; null where the suite does not run. */
export type Choice = Readonly<Record<Suite, readonly string[] | null>>;

/** Selects the fault tests that always run; the others take many minutes. */
const SHORT = ['--grep', '@short'];
/** Selects the whole fault suite and no other. */
const FAULTS = '--faults';

/** Whether an argument names a test file, or means to; every other one is an option of mocha. */
const isFile = (arg: string) => /^(\.\/)?test\/|\.[jt]s$/.test(arg);

const suiteOf = (file: string) => SUITES.find((suite) => `/${file.replaceAll('\\', '/')}`.includes(`/test/${suite}/`));

/** Whether test files are named: then the suite's own list of files is not used. */
export const namesFiles = (args: readonly string[]): boolean => args.some(isFile);

/**
 * What is wrong with the files that the arguments of `npm test -- ...` name; null where nothing is.
 * @param exists whether there is a file of this name
 */
export function wrongFiles(args: readonly string[], exists: (file: string) => boolean): string | null {
  const wrong = args.filter((arg) => isFile(arg) && !(arg.endsWith('.test.ts') && suiteOf(arg) !== undefined && exists(arg)));
  if (wrong.length === 0) return null;
  const folders = SUITES.map((suite) => `test/${suite}`).join(', ');
  return `No test file: ${wrong.join(', ')}. Name files that end in .test.ts and are below ${folders}.`;
}

/**
 * Splits the arguments of `npm test -- ...` by suite. A test file goes to the suite of its folder,
 * and then only the named files run. An option goes to every suite. Of the fault suite only the
 * short tests run; with a pattern (`--grep`) none do.
 */
export function chooseSuites(args: readonly string[]): Choice {
  const files = args.filter(isFile);
  const options = args.filter((arg) => !isFile(arg) && arg !== FAULTS);
  const of = (suite: Suite) => {
    if (files.length === 0) return options;
    const own = files.filter((file) => suiteOf(file) === suite);
    return own.length === 0 ? null : [...options, ...own];
  };
  if (args.includes(FAULTS)) return { unit: null, integration: null, faults: of('faults') };
  const hasPattern = options.some((arg) => /^(-g|-f|--grep|--fgrep)(=|$)/.test(arg));
  const short = hasPattern ? null : [...options, ...SHORT];
  return { unit: of('unit'), integration: of('integration'), faults: files.length === 0 ? short : of('faults') };
}
