import { parseArgs } from 'node:util';

/** Options of a soak run. */
export interface SoakOptions {
  readonly kills: number;
  readonly minutes: number;
  readonly notes: number;
  readonly seed: number;
  readonly workers: number;
  /** Folder of the model package; `null`: a stand-in that finds nothing, for speed. */
  readonly model: string | null;
  /** Whether the report is printed as JSON, alone on standard output. */
  readonly json: boolean;
  /** Whether data and logs stay after a success too. */
  readonly keep: boolean;
}

/** What `--help` prints. */
export const SOAK_HELP = `Usage: npm run test:soak -- [options]

Kills workers, the projector, brokers and Redis with SIGKILL while notes flow through three brokers, then compares every result with every note:
none missing, none double, in order, and Redis equal to the topic.

Options:
  --kills N      hard kills to make (100)
  --minutes M    time over which they are spread; waiting for the rest comes on top (15)
  --notes N      notes to send meanwhile (20000)
  --workers N    workers that run at a time (2)
  --seed S       draws the same kills again (random, and printed)
  --model DIR    workers with this model package instead of the quick stand-in
  --json         the report as JSON on standard output, progress on standard error
  --keep         keep data and logs after a success too; after a failure they always stay
  --help         this text

Examples:
  npm run test:soak                                          100 kills over 20,000 notes in 15 minutes
  npm run test:soak -- --kills 5 --minutes 1 --notes 1000    a short one
  npm run test:soak -- --seed 12345                          the faults of a run that failed
  npm run test:soak -- --model deploy/models/clinical-notes --notes 2000

Exit codes: 0 all held, 1 something did not, 2 wrong options, 130 interrupted.
`;

/** The options, `help`, or what is wrong with them. */
export function parseSoakOptions(args: readonly string[], randomSeed: number): SoakOptions | 'help' | { readonly problem: string } {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { ...text, default: '100' },
        minutes: { ...text, default: '15' },
        notes: { ...text, default: '20000' },
        workers: { ...text, default: '2' },
        seed: { ...text, default: String(randomSeed) },
        model: text,
        json: flag,
        keep: flag,
        help: { ...flag, short: 'h' },
      },
    });
    if (values.help) return 'help';
    return {
      kills: number('--kills', values.kills, 1, 100_000, true),
      minutes: number('--minutes', values.minutes, 0.1, 24 * 60, false),
      notes: number('--notes', values.notes, 1, 100_000_000, true),
      workers: number('--workers', values.workers, 1, 16, true),
      seed: number('--seed', values.seed, 0, 2 ** 32 - 1, true),
      model: values.model ?? null,
      json: values.json,
      keep: values.keep,
    };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function number(name: string, text: string, min: number, max: number, whole: boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new RangeError(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, but is ${text}`);
  return value;
}
