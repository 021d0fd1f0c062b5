import { EpeeError } from '@epee/errors';
import type { ScoredTask } from '@epee/evaluation';
import type { CliContext, Runner } from '@epee/terminal';
import { Command } from 'commander';
import { wholeNumber } from '../options.ts';

interface Flags {
  readonly data: string;
  readonly task?: ScoredTask;
  readonly policy?: readonly string[];
  readonly exclude?: readonly string[];
  readonly documentPattern?: string;
  readonly first?: string;
  readonly threads: string;
  readonly engine?: true | 'fp32' | 'int8';
  readonly predictions?: string;
  readonly json?: string;
  readonly html?: string;
  readonly scoresOnly?: boolean;
  readonly time?: boolean;
  readonly calibrationData?: string;
}

const EXAMPLES = `
FILE holds one JSON object a line; its fields tell what it can show:
  {id, text, events: [{type, trigger, arguments}]}  exact spans (micro F1), and the relations that the events hold
  {id, text, head, tail, label}                     relations (micro F1 without "none")
  {id, text, label}                                 sections (accuracy); adverse_effect, adr / none: whether a sentence has an adverse event
  {id, text}                                        whole notes without labels: what is found, and how deep rows go
  {id, image, label}                                images, for a model that reads images (accuracy)
Every layer, every named policy and every pair of threshold and patience is scored from one pass. Intervals come from resampling documents: see epee calibrate --help. Offsets count code points, their end is exclusive.
"image" is the path of a PNG or JPEG file from the folder of FILE, below it. Images are decoded, limited (EPEE_IMAGE_MAX_PIXELS) and resized as in the pipeline. python -m epee_trainer images NPZ OUT makes FILE and images of an .npz.

Examples:
  epee evaluate deploy/models/clinical-notes --data phee/dev.jsonl.gz --document-pattern '^(\\d+)_' --time --html report.html
  epee evaluate deploy/models/clinical-notes --data ade_cls/dev.jsonl.gz --exclude phee/train.jsonl.gz
  epee evaluate deploy/models/clinical-notes --data aci_bench/dev.jsonl.gz --policy full fast --engine
  epee evaluate deploy/models/clinical-notes --data phee/dev.jsonl.gz --task events --predictions out.jsonl --json scores.json
  epee evaluate deploy/models/chest-xray --data pneumonia/dev.jsonl --exclude pneumonia/train.jsonl --time --html report.html`;

/** `epee evaluate`: scores of every layer and policy on labelled data. */
export function evaluateCommand(run: Runner): Command {
  return new Command('evaluate')
    .description('score every layer and policy of a model package on labelled data')
    .argument('<model>', 'folder of the model package')
    .requiredOption('--data <file>', 'labelled data, .jsonl or .jsonl.gz')
    .option(
      '--task <task>',
      'score this alone: events, relations, sections or another task of the model, adverse-events, stream (default: all that the data can show)',
    )
    .option('--policy <name...>', 'policies to score (default: all that every task has)')
    .option('--exclude <file...>', 'leave out items whose text, or image of the same bytes, stands in these files, too')
    .option('--document-pattern <regexp>', "finds an item's document in its id; the first group counts")
    .option('--first <number>', 'read only so many items')
    .option('--threads <number>', 'threads of the model', '1')
    .option('--engine [precision]', 'score the exit graph itself, too, and compare it with the exit rule (fp32, the default, or int8)')
    .option('--predictions <file>', "write each policy's answers as JSON lines: labels, offsets and exits")
    .option('--scores-only', 'no curve of all thresholds and patience values, no AUROC, no reliability of the heads: half the time')
    .option('--time', "measure the policies' times at batch 1, 8, 32 and 128, in turns with full depth")
    .option('--calibration-data <file>', 'fit the temperatures of the heads on these data (default: on the data themselves)')
    .option('--json <file>', 'write everything as JSON')
    .option('--html <file>', 'write a page with plots')
    .addHelpText('after', EXAMPLES)
    .action(run(evaluate));
}

async function evaluate(context: CliContext, modelDir: string, flags: Flags): Promise<number> {
  const { data, task, policy, exclude, documentPattern, first, threads, engine, predictions, json } = flags;
  if (engine !== undefined && engine !== true && engine !== 'fp32' && engine !== 'int8') throw usage('--engine is fp32 or int8');
  const { runEvaluate } = await import('@epee/evaluation');
  const { documentPatternOf } = await import('@epee/labelled-data');
  return runEvaluate(context, {
    modelDir,
    data,
    task: task ?? null,
    policies: policy ?? null,
    exclude: exclude ?? [],
    documentPattern: documentPatternOf(documentPattern),
    first: first === undefined ? null : wholeNumber('--first', first, 1_000_000_000),
    threads: wholeNumber('--threads', threads, 256),
    engine: engine === true ? 'fp32' : (engine ?? null),
    predictions: predictions ?? null,
    json: json ?? null,
    html: flags.html ?? null,
    scoresOnly: flags.scoresOnly ?? false,
    time: flags.time ?? false,
    calibrationData: flags.calibrationData ?? null,
  });
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
