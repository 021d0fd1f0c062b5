import type { CliConfig } from '@epee/config';
import type { ReplayReport, ReplayWatch, ReportRequest } from '@epee/replay';
import { isPolicyName } from '@epee/stream';
import { widthOf } from '@epee/terminal';
import { Command, Option } from 'commander';
import { type CliContext, printReport, type Runner, showReport, stackConfig, watchOf } from '../context.ts';
import { collect, jsonOption, outputFiles, outputOption, usage, wholeNumber } from '../options.ts';

interface ReportFlags {
  readonly json?: boolean;
  readonly output?: readonly string[];
  readonly labels?: string;
}

interface RunFlags extends ReportFlags {
  readonly topic?: string;
  readonly from?: string;
  readonly to?: string;
  readonly offsets?: readonly string[];
  readonly limit?: string;
  readonly policy?: readonly string[];
  readonly model?: readonly string[];
  readonly precision?: string;
}

const MOST_RECORDS = 1_000_000_000;

const ABOUT = `
A run reads a range of the notes topic again, under several policies or models,
and compares what they find. Live topics, groups and Redis are not touched:
answers go to EPEE_REPLAYS_TOPIC, under the run's id. A run that was killed can
be resumed; each note is answered once. docs/REPLAY.md explains the report.

Examples:
  epee replay run --policy full --policy fast
  epee replay list
  epee replay resume 20260301-083000-4f2a
  epee replay report 20260301-083000-4f2a -o report.html`;

const RUN_ABOUT = `
Without --from, --to and --offsets the whole topic, as it is now, is replayed.
A is the first variant, B the second, and so on: each model under each policy.
Exit code 1: some records could not be worked on; they are counted by code.
2: the range, a policy or a model cannot be used. 4: nothing is in the range, or
a file does not exist.

Examples:
  epee replay run --from 2026-03-01 --to 2026-03-08 -o report.html
  epee replay run --offsets 0:1000-2000 --offsets 1:500- --policy fast \\
      --model models/old --model models/new
  epee replay run --limit 500 --policy full --policy fast \\
      --labels gold.jsonl.gz --json`;

/** `epee replay`: a range of a topic again, under other policies and models. */
export function replayCommand(run: Runner): Command {
  const command = new Command('replay')
    .helpCommand(false)
    .description('replay a range of a topic through several policies or models, and compare')
    .addHelpText('after', ABOUT);
  // Errors of subcommands must end as those of the program do; settings are handed on only to
  // commands that are there already.
  command.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  for (const part of [runSubcommand(run), resumeSubcommand(run), reportSubcommand(run), listSubcommand(run)]) command.addCommand(part);
  return command;
}

const withReportOptions = (command: Command): Command =>
  command
    .addOption(jsonOption())
    .addOption(outputOption(['json', 'html']))
    .option('--labels <file>', 'score the variants on these labels, in the form that epee evaluate takes; ids are document ids');

function runSubcommand(run: Runner): Command {
  const command = new Command('run')
    .description('replay a range of a topic and show the report')
    .option('--topic <name>', 'topic of the notes (default: EPEE_NOTES_TOPIC; where that has none, EPEE_BATCH_NOTES_TOPIC)')
    .option('--from <time>', 'first time at which a record was written: 2026-03-01, 2026-03-01T08:30:00Z, or milliseconds since 1970')
    .option('--to <time>', 'time before which it was written')
    .option('--offsets <range>', 'PARTITION:FROM-TO, either end may be left out, TO is not included; repeatable', collect)
    .option('--limit <number>', 'at most so many records, shared out over the partitions')
    .option('--policy <name>', 'exit policy; repeatable (default: full, and EPEE_POLICY)', collect)
    .option('--model <folder>', 'model package; repeatable (default: EPEE_MODEL_DIR)', collect)
    .addOption(
      new Option('--precision <precision>', 'arithmetic of the models (default: EPEE_ENGINE_PRECISION, else fp32)').choices([
        'fp32',
        'int8',
      ]),
    );
  return withReportOptions(command)
    .addHelpText('after', RUN_ABOUT)
    .action(run((context: CliContext, flags: RunFlags) => conclude(context, flags, () => replayRange(context, flags))));
}

const resumeSubcommand = (run: Runner): Command =>
  withReportOptions(new Command('resume').description('resume a run that was stopped or killed').argument('<run>', 'id of the run'))
    .addHelpText('after', '\nExamples:\n  epee replay resume 20260301-083000-4f2a')
    .action(
      run((context: CliContext, id: string, flags: ReportFlags) =>
        conclude(context, flags, async () => {
          const { resumeReplay } = await import('@epee/replay');
          return resumeReplay(id, reportRequest(flags), await configOf(context), replayWatchOf(context));
        }),
      ),
    );

const reportSubcommand = (run: Runner): Command =>
  withReportOptions(new Command('report').description('show what a run found').argument('<run>', 'id of the run'))
    .addHelpText(
      'after',
      '\nExamples:\n  epee replay report 20260301-083000-4f2a\n  epee replay report 20260301-083000-4f2a -o report.json -o report.html',
    )
    .action(
      run((context: CliContext, id: string, flags: ReportFlags) =>
        conclude(context, flags, async () => {
          const { reportReplay } = await import('@epee/replay');
          return reportReplay(id, reportRequest(flags), await configOf(context), replayWatchOf(context));
        }),
      ),
    );

const listSubcommand = (run: Runner): Command =>
  new Command('list')
    .description('list the runs')
    .addOption(jsonOption('the runs'))
    .addHelpText('after', '\nExamples:\n  epee replay list\n  epee replay list --json | jq ".[].id"')
    .action(run(list));

/**
 * Checks where the report goes, makes and shows it. Answers 0, or 1 where a record has no result.
 */
async function conclude(context: CliContext, { json, output }: ReportFlags, make: () => Promise<ReplayReport>): Promise<number> {
  const files = outputFiles(output, ['json', 'html']);
  const report = await make();
  const { replayPage, replayText } = await import('@epee/replay');
  await showReport(context, report, { json, files, words: replayText, page: replayPage });
  return report.variants.every(({ failures }) => Object.keys(failures).length === 0) ? 0 : 1;
}

async function replayRange(context: CliContext, flags: RunFlags): Promise<ReplayReport> {
  const { topic, from, to, offsets, limit, policy = [], model = [], precision } = flags;
  for (const name of policy)
    if (!isPolicyName(name)) throw usage(`--policy must be the name of a policy, not ${JSON.stringify(name.slice(0, 40))}`);
  const { parseRange, runReplay } = await import('@epee/replay');
  const request = {
    topic: topic ?? null,
    range: parseRange({ from, to, offsets }),
    limit: limit === undefined ? null : wholeNumber('--limit', limit, MOST_RECORDS),
    policies: policy,
    models: model,
    ...reportRequest(flags),
  };
  const more = precision === undefined ? {} : { EPEE_ENGINE_PRECISION: precision };
  return runReplay(request, await configOf(context, more), replayWatchOf(context));
}

async function list(context: CliContext, { json }: { readonly json?: boolean }): Promise<number> {
  const { listReplays, runsText } = await import('@epee/replay');
  const runs = await listReplays(await configOf(context));
  printReport(context, runs, { json, words: (found) => runsText(found, widthOf(context.stdout)) });
  return 0;
}

const configOf = ({ env }: CliContext, more: CliContext['env'] = {}): Promise<CliConfig> =>
  stackConfig({ env: { ...env, ...more } }, 'kafka');

const replayWatchOf = (context: CliContext): ReplayWatch => ({
  ...watchOf(context),
  say: (text) => void context.stderr.write(`${text}\n`),
});

const reportRequest = ({ labels }: ReportFlags): ReportRequest => ({ labels: labels ?? null });
