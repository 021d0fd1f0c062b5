import { type CliConfig, cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { ReportRequest } from '@epee/replay';
import { isPolicyName } from '@epee/stream';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';
import { wholeNumber } from '../options.ts';

interface ReportFlags {
  readonly json?: string;
  readonly html?: string;
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
A run reads a range of the notes topic again, under several policies or models, and compares what they find. Live topics, groups and Redis are not touched: answers go
to EPEE_REPLAYS_TOPIC, under the run's id. A run that was killed goes on with resume; each note is answered once. docs/REPLAY.md explains the report.

Examples:
  epee replay run --policy full --policy fast
  epee replay list
  epee replay resume 20260301-083000-4f2a
  epee replay report 20260301-083000-4f2a --html report.html`;

const RUN_EXAMPLES = `
Without --from, --to and --offsets all that the topic holds now is replayed. A is the first variant, B the second, and so on: each model under each policy.
Exit code 1: some records could not be worked on; they are counted by code. 2: the range, a policy or a model cannot be. 4: nothing in the range, or no such file.

Examples:
  epee replay run --from 2026-03-01 --to 2026-03-08 --policy full --policy fast --html report.html
  epee replay run --offsets 0:1000-2000 --offsets 1:500- --model models/old --model models/new --policy fast
  epee replay run --limit 500 --policy full --policy careful --policy fast --labels gold.jsonl.gz --json -`;

/** `epee replay`: a range of a topic again, under other policies and models. */
export function replayCommand(run: Runner): Command {
  const command = new Command('replay')
    .helpCommand(false)
    .description('replay a range of a topic through several policies or models, and compare')
    .addHelpText('after', ABOUT);
  // Errors of subcommands must end as those of the program do; settings are handed on only to commands that are there already.
  command.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  command.addCommand(runSubcommand(run));
  command.addCommand(
    withReportOptions(new Command('resume').description('go on with a run that was stopped or killed').argument('<run>', 'id of the run'))
      .addHelpText('after', '\nExamples:\n  epee replay resume 20260301-083000-4f2a')
      .action(
        run((context: CliContext, id: string, flags: ReportFlags) =>
          withReplay(context, {}, (replay, config) => replay.resumeReplay(context, config, id, reportOf(flags))),
        ),
      ),
  );
  command.addCommand(
    withReportOptions(new Command('report').description('show what a run found').argument('<run>', 'id of the run'))
      .addHelpText(
        'after',
        '\nExamples:\n  epee replay report 20260301-083000-4f2a\n  epee replay report 20260301-083000-4f2a --labels gold.jsonl.gz --html report.html',
      )
      .action(
        run((context: CliContext, id: string, flags: ReportFlags) =>
          withReplay(context, {}, (replay, config) => replay.reportReplay(context, config, id, reportOf(flags))),
        ),
      ),
  );
  command.addCommand(
    new Command('list')
      .description('list the runs')
      .option('--json', 'as one JSON line')
      .addHelpText('after', '\nExamples:\n  epee replay list\n  epee replay list --json | jq ".[].id"')
      .action(
        run((context: CliContext, { json }: { json?: boolean }) =>
          withReplay(context, {}, (replay, config) => replay.listReplays(context, config, { json: json ?? false })),
        ),
      ),
  );
  return command;
}

function runSubcommand(run: Runner): Command {
  const command = new Command('run')
    .description('replay a range of a topic and show the report')
    .option('--topic <name>', 'topic of the notes (default: EPEE_NOTES_TOPIC)')
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
  return withReportOptions(command).addHelpText('after', RUN_EXAMPLES).action(run(replayRun));
}

async function replayRun(context: CliContext, flags: RunFlags): Promise<number> {
  const { topic, from, to, offsets, limit, policy = [], model = [], precision } = flags;
  for (const name of policy)
    if (!isPolicyName(name)) throw usage(`--policy must be the name of a policy, not ${JSON.stringify(name.slice(0, 40))}`);
  const env = precision === undefined ? {} : { EPEE_ENGINE_PRECISION: precision };
  return withReplay(context, env, (replay, config) =>
    replay.runReplay(context, config, {
      topic: topic ?? null,
      range: { from, to, offsets },
      limit: limit === undefined ? null : wholeNumber('--limit', limit, MOST_RECORDS),
      policies: policy,
      models: model,
      ...reportOf(flags),
    }),
  );
}

async function withReplay(
  { env }: CliContext,
  more: CliContext['env'],
  work: (replay: typeof import('@epee/replay'), config: CliConfig) => Promise<number>,
): Promise<number> {
  const [replay, { withLocalStack }] = await Promise.all([import('@epee/replay'), import('@epee/stack')]);
  return work(replay, cliConfig({ ...withLocalStack(env), ...more }));
}

const withReportOptions = (command: Command): Command =>
  command
    .option('--json <file>', 'write the report as JSON; - prints it in place of the tables')
    .option('--html <file>', 'write the report as one self-contained HTML page')
    .option('--labels <file>', 'score the variants on these labels, in the form that epee evaluate takes; ids are document ids');

const reportOf = ({ json, html, labels }: ReportFlags): ReportRequest => ({
  json: json ?? null,
  html: html ?? null,
  labels: labels ?? null,
});

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
