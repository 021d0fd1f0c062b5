import type { CalibrateRequest } from '@epee/calibration';
import { cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { PATIENCES, RISK_KINDS, type RiskKind, THRESHOLDS } from '@epee/exits';
import { Command, Option } from 'commander';
import { type CliContext, type Runner, showReport, watchOf } from '../context.ts';
import { jsonOption, outputFiles, outputOption, usage, wholeNumber } from '../options.ts';

interface Flags {
  readonly data: string;
  readonly risk: string;
  readonly confidence: string;
  readonly loss: RiskKind;
  readonly name: string;
  readonly task?: string;
  readonly perClass?: 'full-depth' | 'gold';
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
  readonly json?: boolean;
  readonly output?: readonly string[];
}

const ABOUT = `
FILE is as for epee evaluate, of texts or of images {id, image, label}; for
--loss differs and --loss f1 plain notes {id, text} without labels will do. It
must have played no part in training or in any choice.
With --loss f1 (1 - F1 against full depth) and --loss f1-lost (F1 against the
labels that is lost) the mean over whole notes is kept at most --risk.
Policies are tried from full depth towards ever earlier exits. A policy is
certified where its risk is at most --risk with --confidence; the certified
policy that runs the fewest layers is written into the model's manifest.json,
with its certificate. docs/CALIBRATION.md says what that guarantees.
Answers of one document are not independent: --document-pattern finds the
document in an item's id (or give each line a field "document").
Exit code 20: no policy could be certified, and nothing was written.

Examples:
  epee calibrate MODEL --data held-out.jsonl.gz --risk 0.05 --confidence 0.9 \\
      --document-pattern '^(\\d+)_'
  epee calibrate MODEL --data notes.jsonl --risk 0.02 --confidence 0.95 \\
      --name safe --dry-run
  epee calibrate MODEL --data pairs.jsonl --risk 0.05 --confidence 0.9 \\
      --loss worse --per-class gold -o found.json
  epee calibrate MODEL --data notes.jsonl --risk 0.05 --confidence 0.9 \\
      --loss f1 --patience 3`;

/** `epee calibrate`: certified exit policies into the manifest. */
export function calibrateCommand(run: Runner): Command {
  return new Command('calibrate')
    .description('certify exit policies on held-out data and write the fastest into the model package')
    .argument('<model>', 'folder of the model package')
    .requiredOption('--data <file>', 'held-out data, .jsonl or .jsonl.gz (required)')
    .requiredOption('--risk <share>', 'highest risk allowed, such as 0.05 (required)')
    .requiredOption('--confidence <share>', 'confidence that the risk is kept, such as 0.9 (required)')
    .addOption(
      new Option('--loss <kind>', 'harm: the answer differs from full depth or has more errors; on whole notes F1 against it, or lost')
        .choices(RISK_KINDS)
        .default('differs'),
    )
    .option('--name <name>', 'name of the certified policy', 'certified')
    .option('--task <task>', 'calibrate this alone (default: all that the data can show)')
    .addOption(
      new Option('--per-class [of]', "keep the risk in each class of full depth's answer, or of the label (gold), too")
        .choices(['full-depth', 'gold'])
        .preset('full-depth'),
    )
    .addOption(
      new Option('--documents <use>', 'one answer of each document, or the mean of its answers').choices(['one', 'mean']).default('one'),
    )
    .option('--document-pattern <regexp>', "finds an item's document in its id; the first group counts")
    .option('--exclude <file...>', 'leave out items whose text, or image of the same bytes, is in these files, too')
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
    .addOption(jsonOption())
    .addOption(outputOption(['json']))
    .addHelpText('after', ABOUT)
    .action(run(calibrateModel));
}

async function calibrateModel(context: CliContext, modelDir: string, flags: Flags): Promise<number> {
  const files = outputFiles(flags.output, ['json']);
  const request = await requestOf(modelDir, flags);
  const tool = await import('@epee/calibration');
  const report = await tool.calibrate(
    request,
    { imageLimits: cliConfig(context.env).images.limits },
    { ...watchOf(context), warn: (text) => void context.stderr.write(`${text}\n`) },
  );
  await showReport(context, report, { json: flags.json, files, words: (found, width) => tool.calibrationText(found, request, width) });
  if (report.tasks.every(({ chosen }) => chosen === null)) throw notCertified(request);
  return 0;
}

async function requestOf(modelDir: string, flags: Flags): Promise<CalibrateRequest> {
  const { thresholds, patience, exclude, first, name } = flags;
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name) || name === 'full')
    throw usage('--name must be a lower-case letter, then up to 63 lower-case letters, digits or "-", and not full');
  const { documentPatternOf } = await import('@epee/labelled-data');
  return {
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
    perClass: flags.perClass ?? null,
    thresholds: thresholds?.map((text) => ratio('--thresholds', text)) ?? THRESHOLDS,
    patiences: patience?.map((text) => wholeNumber('--patience', text, 1000)) ?? PATIENCES,
    seed: wholeNumber('--seed', flags.seed, 2 ** 31),
    name,
    time: flags.time ?? false,
    threads: wholeNumber('--threads', flags.threads, 256),
    dryRun: flags.dryRun ?? false,
    date: new Date().toISOString().slice(0, 10),
  };
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

const notCertified = ({ epsilon, delta }: CalibrateRequest) =>
  new EpeeError(
    'POLICY_NOT_CERTIFIED',
    `no exit policy keeps the risk at or below ${epsilon} with confidence ${1 - delta} on these data; the package is as it was`,
    {
      stage: 'cli',
      hint: 'The table says what was missing. More documents, a higher --risk or a lower --confidence help; --dry-run tries without writing.',
    },
  );
