import { EpeeError } from '@epee/errors';
import { PATIENCES, THRESHOLDS } from '@epee/exits';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';
import { wholeNumber } from '../options.ts';

interface Flags {
  readonly data: string;
  readonly risk: string;
  readonly confidence: string;
  readonly loss: 'differs' | 'worse';
  readonly name: string;
  readonly task?: string;
  readonly perClass?: true | 'full-depth' | 'gold';
  readonly documents: 'one' | 'mean';
  readonly documentPattern?: string;
  readonly exclude?: readonly string[];
  readonly first?: string;
  readonly correction: 'fixed-sequence' | 'holm';
  readonly thresholds?: readonly string[];
  readonly patience?: readonly string[];
  readonly seed: string;
  readonly time?: boolean;
  readonly threads: string;
  readonly dryRun?: boolean;
  readonly json?: string;
}

const EXAMPLES = `
FILE is as for epee evaluate, of texts or of images {id, image, label}; for --loss differs plain notes {id, text} without labels will do. It must have played no part in training or in any choice.
Policies are tried from full depth towards ever earlier exits; those are certified whose risk is at most --risk with --confidence, and the one of them that runs the
fewest layers is written into the model's manifest.json with its certificate. docs/CALIBRATION.md says what that guarantees and what not.
Answers of one document are not independent: --document-pattern finds the document in an item's id (or give each line a field "document").

Examples:
  epee calibrate deploy/models/clinical-notes --data calibration.jsonl.gz --risk 0.05 --confidence 0.9 --document-pattern '^(\\d+)_'
  epee calibrate MODEL --data notes.jsonl --risk 0.02 --confidence 0.95 --name safe --dry-run
  epee calibrate MODEL --data pairs.jsonl --loss worse --per-class gold --risk 0.05 --confidence 0.9 --json found.json
  epee calibrate deploy/models/chest-xray --data images.jsonl --risk 0.05 --confidence 0.9 --per-class --dry-run`;

/** `epee calibrate`: certified exit policies into the manifest. */
export function calibrateCommand(run: Runner): Command {
  return new Command('calibrate')
    .description('certify exit policies on held-out data and write the fastest into the model package')
    .argument('<model>', 'folder of the model package')
    .requiredOption('--data <file>', 'held-out data, .jsonl or .jsonl.gz')
    .requiredOption('--risk <share>', 'highest risk allowed, such as 0.05')
    .requiredOption('--confidence <share>', 'confidence that the risk is kept, such as 0.9')
    .addOption(
      new Option('--loss <kind>', 'what counts as harm: the answer differs from full depth, or has more errors')
        .choices(['differs', 'worse'])
        .default('differs'),
    )
    .option('--name <name>', 'name of the certified policy', 'certified')
    .option('--task <task>', 'calibrate this alone (default: all that the data can show)')
    .option('--per-class [of]', "keep the risk in each class of full depth's answer (full-depth, the default) or of the label (gold), too")
    .addOption(
      new Option('--documents <use>', 'one answer of each document, or the mean of its answers').choices(['one', 'mean']).default('one'),
    )
    .option('--document-pattern <regexp>', "finds an item's document in its id; the first group counts")
    .option('--exclude <file...>', 'leave out items whose text, or image of the same bytes, stands in these files, too')
    .option('--first <number>', 'read only so many items')
    .addOption(
      new Option('--correction <kind>', 'for the number of policies tested').choices(['fixed-sequence', 'holm']).default('fixed-sequence'),
    )
    .option('--thresholds <number...>', `entropy thresholds to try (default: ${THRESHOLDS.join(' ')})`)
    .option('--patience <number...>', `patience values to try beside off (default: ${PATIENCES.join(' ')})`)
    .option('--seed <number>', 'draws the answers', '1')
    .option('--time', 'choose among the best by measured time, not by layers alone')
    .option('--threads <number>', 'threads of the model', '1')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--json <file>', 'write everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run(calibrate));
}

async function calibrate(context: CliContext, modelDir: string, flags: Flags): Promise<number> {
  const { perClass = null, thresholds, patience, exclude, first, name } = flags;
  if (perClass !== null && perClass !== true && perClass !== 'full-depth' && perClass !== 'gold')
    throw usage('--per-class is full-depth or gold');
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name) || name === 'full')
    throw usage('--name must be a lower-case letter, then up to 63 lower-case letters, digits or "-", and not full');
  const { runCalibrate } = await import('@epee/calibration');
  const { documentPatternOf } = await import('@epee/labelled-data');
  return runCalibrate(context, {
    modelDir,
    data: flags.data,
    exclude: exclude ?? [],
    first: first === undefined ? null : wholeNumber('--first', first, 1_000_000_000),
    documentPattern: documentPatternOf(flags.documentPattern),
    task: flags.task ?? null,
    risk: flags.loss,
    epsilon: share('--risk', flags.risk, LEAST_RISK),
    delta: Number((1 - share('--confidence', flags.confidence)).toPrecision(12)),
    correction: flags.correction,
    documents: flags.documents,
    perClass: perClass === true ? 'full-depth' : perClass,
    thresholds: thresholds?.map((text) => ratio('--thresholds', text)) ?? THRESHOLDS,
    patiences: patience?.map((text) => wholeNumber('--patience', text, 1000)) ?? PATIENCES,
    seed: wholeNumber('--seed', flags.seed, 2 ** 31),
    name,
    time: flags.time ?? false,
    threads: wholeNumber('--threads', flags.threads, 256),
    dryRun: flags.dryRun ?? false,
    json: flags.json ?? null,
    date: new Date().toISOString().slice(0, 10),
  });
}

/** Below it no number of documents that could be read would show anything. */
const LEAST_RISK = 0.000001;

function ratio(option: string, text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+(e-?\d+)?$/.test(text) && value >= 0 && value <= 1) return value;
  throw usage(`${option} must be a number from 0 to 1, not ${JSON.stringify(text.slice(0, 40))}`);
}

function share(option: string, text: string, least = 0): number {
  const value = ratio(option, text);
  if (value > least && value < 1) return value;
  throw usage(`${option} must lie between ${least} and 1, not at ${text.slice(0, 40)}`);
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
