import { cliConfig } from '@epee/config';
import type { EvaluateRequest, EvaluationReport, ScoredTask } from '@epee/evaluation';
import type { DataRequest } from '@epee/labelled-data';
import { checkOutput } from '@epee/terminal';
import { Command, Option } from 'commander';
import { type CliContext, type Runner, showReport, watchOf } from '../context.ts';
import { jsonOption, outputFiles, outputOption, usage, wholeNumber } from '../options.ts';

interface Flags {
  readonly data: string;
  readonly task?: ScoredTask;
  readonly policy?: readonly string[];
  readonly exclude?: readonly string[];
  readonly documentPattern?: string;
  readonly first?: string;
  readonly threads: string;
  readonly engine?: 'fp32' | 'int8';
  readonly predictions?: string;
  readonly json?: boolean;
  readonly output?: readonly string[];
  readonly scoresOnly?: boolean;
  readonly time?: boolean;
  readonly calibrationData?: string;
  readonly from?: string;
}

const ABOUT = `
FILE holds one JSON object per line; its fields tell what it can show:
  {id, text, events: [{type, trigger, arguments}]}
      exact spans (micro F1), and the relations that the events hold
  {id, text, head, tail, label}
      relations (micro F1 without "none")
  {id, text, label}
      sections (accuracy); with the labels adverse_effect, adr and none: whether
      a sentence has an adverse event
  {id, text, labelled, entities, relations, meta}
      whole notes with facts (docs/EVALUATION.md)
  {id, text, target, certainty, time, subject}
      how a sentence speaks of a phrase
  {id, text}
      whole notes without labels: what is found, and how deep rows go
  {id, image, label}
      images, for a model that reads images (accuracy)
Offsets count code points, their end is exclusive. "image" is the path of a PNG
or JPEG file below the folder of FILE. Images are decoded, limited
(EPEE_IMAGE_MAX_PIXELS) and resized as in the pipeline; FILE and images of an
.npz come from: python -m epee_trainer images NPZ OUT

Every layer, policy and pair of threshold and patience is scored from one pass.
Intervals come from resampling documents: see epee calibrate --help.

Examples:
  epee evaluate MODEL --data dev.jsonl.gz --time -o report.html
  epee evaluate MODEL --data clinical_notes/dev.jsonl.gz -o notes.html
  epee evaluate --data dev.jsonl.gz --from results-of-extract.jsonl
  epee evaluate deploy/models/chest-xray --data images.jsonl --json`;

/** `epee evaluate`: scores of every layer and policy on labelled data. */
export function evaluateCommand(run: Runner): Command {
  return new Command('evaluate')
    .description('score every layer and policy of a model package on labelled data')
    .argument('[model]', 'folder of the model package; none with --from')
    .requiredOption('--data <file>', 'labelled data, .jsonl or .jsonl.gz (required)')
    .option(
      '--task <task>',
      'score this alone: events, relations, sections or another task of the model, adverse-events, stream (default: all that the data can show)',
    )
    .option('--policy <name...>', 'policies to score (default: all that every task has)')
    .option('--exclude <file...>', 'leave out items whose text, or image of the same bytes, is in these files, too')
    .option('--document-pattern <regexp>', "finds an item's document in its id; the first group counts")
    .option('--first <number>', 'read only so many items')
    .option('--threads <number>', 'threads of the model', '1')
    .addOption(
      new Option('--engine [precision]', 'score the exit graph itself, too, and compare it with the exit rule')
        .choices(['fp32', 'int8'])
        .preset('fp32'),
    )
    .option('--predictions <file>', "write each policy's answers as JSON lines: labels, offsets and exits")
    .option('--from <file>', 'score these results of epee extract, or predictions of facts, in place of a model')
    .option('--scores-only', 'no curve of all thresholds and patience values, no AUROC, no reliability of the heads: half the time')
    .option('--time', "measure the policies' times at batch 1, 8, 32 and 128, in turns with full depth")
    .option('--calibration-data <file>', 'fit the temperatures of the heads on these data (default: on the data themselves)')
    .addOption(jsonOption())
    .addOption(outputOption(['json', 'html']))
    .addHelpText('after', ABOUT)
    .action(run(evaluateModel));
}

async function evaluateModel(context: CliContext, modelDir: string | undefined, flags: Flags): Promise<number> {
  const files = outputFiles(flags.output, ['json', 'html']);
  checkOutput('--predictions', flags.predictions ?? null);
  if ((modelDir === undefined) === (flags.from === undefined)) throw usage('Give either the folder of a model package or --from');
  const tool = await import('@epee/evaluation');
  const watch = { ...watchOf(context), warn: (text: string) => void context.stderr.write(`${text}\n`) };
  const data = await dataOf(flags);
  let report: EvaluationReport;
  if (modelDir === undefined) report = await tool.evaluateResults({ ...data, from: flags.from! }, watch);
  else {
    const predictions = flags.predictions === undefined ? null : tool.predictionFile(flags.predictions);
    const config = { imageLimits: cliConfig(context.env).images.limits };
    try {
      report = await tool.evaluate(requestOf(modelDir, data, flags), config, { ...watch, onPrediction: predictions?.add });
    } finally {
      await predictions?.end();
    }
  }
  await showReport(context, report, { json: flags.json, files, words: tool.evaluationText, page: tool.evaluationPage });
  return 0;
}

async function dataOf(flags: Flags): Promise<DataRequest> {
  const { documentPatternOf } = await import('@epee/labelled-data');
  return {
    data: flags.data,
    exclude: flags.exclude ?? [],
    documentPattern: documentPatternOf(flags.documentPattern),
    first: flags.first === undefined ? null : wholeNumber('--first', flags.first, 1_000_000_000),
  };
}

const requestOf = (modelDir: string, data: DataRequest, flags: Flags): EvaluateRequest => ({
  ...data,
  modelDir,
  task: flags.task ?? null,
  policies: flags.policy ?? null,
  threads: wholeNumber('--threads', flags.threads, 256),
  engine: flags.engine ?? null,
  scoresOnly: flags.scoresOnly ?? false,
  time: flags.time ?? false,
  calibrationData: flags.calibrationData ?? null,
});
