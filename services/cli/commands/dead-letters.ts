import type { MarkOutcome, SelectionFlags } from '@epee/dead-letters';
import { count, counted, widthOf, write } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, stackConfig, watchOf } from '../context.ts';
import { jsonOption, numberOption, usage } from '../options.ts';

interface ListFlags extends SelectionFlags {
  readonly all?: boolean;
  readonly count?: boolean;
  readonly limit?: number;
  readonly json?: boolean;
}

interface ShowFlags {
  readonly withPayload?: boolean;
  readonly json?: boolean;
}

interface SettleFlags extends SelectionFlags {
  readonly all?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Settling {
  readonly outcome: MarkOutcome;
  readonly ids: readonly string[];
}

/** Dead letters that a list shows to people where no limit is given. */
const LIST_LIMIT = 100;

const ABOUT = `
A dead letter is a record that a worker or the projector could not process. It
is named PARTITION:OFFSET, by its place in the dead-letter topic.
docs/DEAD-LETTERS.md tells how retry keeps each from being sent twice.

Examples:
  epee dead-letters list --count
  epee dead-letters list --code AVRO_INVALID --since 2d
  epee dead-letters show 0:42
  epee dead-letters retry --code ENGINE_WORKER_DIED --dry-run
  epee dead-letters discard 0:42 0:43 --reason "test data of the new sender"`;

const FILTERS = `
A dead letter must fit all filters. Times are those of the broker when the dead
letter was written: 2026-03-01T08:00Z, or an age such as 30m, 6h, 2d.`;

const LIST_EXAMPLES = `${FILTERS}
Exit code 4: no dead letter fits.

Examples:
  epee dead-letters list
  epee dead-letters list --count --json | jq '.counts'
  epee dead-letters list --origin epee.notes.v1:2:1000-1999 --all`;

const SHOW_EXAMPLES = `
Key and value may hold anything about a patient. --with-payload shows them, but
first writes to EPEE_AUDIT_TOPIC who (EPEE_OPERATOR) is shown which dead letter,
and when. Where that fails, nothing is shown (exit code 33).

Examples:
  epee dead-letters show 0:42
  epee dead-letters show 0:42 --with-payload --json | jq '.payload.note'`;

const SETTLE_EXAMPLES = `${FILTERS}
Named dead letters are settled at once; a selection by filters needs --yes.
Those that were settled before are left out. Where one of them was named, the
command settles the others and ends with exit code 31.

Examples:`;

/** `epee dead-letters`: what could not be processed. */
export function deadLettersCommand(run: Runner): Command {
  const list = filters(new Command('list').description('list or count dead letters'))
    .option('--all', 'also those that were sent back or discarded')
    .option('--count', 'only the counts by code and stage')
    .addOption(numberOption('--limit <number>', `dead letters to show (default: ${LIST_LIMIT}; with --json all)`, 1_000_000_000))
    .option('--json', 'one JSON object per dead letter; with --count the counts as JSON')
    .addHelpText('after', LIST_EXAMPLES)
    .action(run(listAll));
  const show = new Command('show')
    .description('show one dead letter, without its key and value unless asked')
    .argument('<dead-letter>', 'PARTITION:OFFSET')
    .option('--with-payload', 'also key and value; the audit log names you')
    .addOption(jsonOption('the dead letter'))
    .addHelpText('after', SHOW_EXAMPLES)
    .action(run(showOne));
  const retry = settleFlags(filters(new Command('retry').description('send dead letters back to where they came from, each once')))
    .addHelpText(
      'after',
      `${SETTLE_EXAMPLES}\n  epee dead-letters retry 0:42\n  epee dead-letters retry --code SCHEMA_UNKNOWN --since 1d --yes`,
    )
    .action(run((context: CliContext, ids: string[], flags: SettleFlags) => settle(context, { outcome: 'retried', ids }, flags)));
  const discard = settleFlags(filters(new Command('discard').description('mark dead letters as done without sending them')))
    .requiredOption('--reason <text>', 'why, for those who ask later; nothing about a patient (required, 1 to 200 characters)')
    .addHelpText('after', `${SETTLE_EXAMPLES}\n  epee dead-letters discard --code TEXT_EMPTY --reason "empty notes" --yes`)
    .action(run((context: CliContext, ids: string[], flags: SettleFlags) => settle(context, { outcome: 'discarded', ids }, flags)));
  const command = new Command('dead-letters')
    .helpCommand(false)
    .description('list, show, retry and discard what could not be processed')
    .addHelpText('after', ABOUT);
  for (const one of [list, show, retry, discard]) command.addCommand(one);
  return command;
}

const filters = (command: Command) =>
  command
    .option('--code <code...>', 'error codes, see docs/ERRORS.md')
    .option('--stage <stage...>', 'stages in which the records failed')
    .option('--origin <place>', 'TOPIC, TOPIC:PARTITION or TOPIC:PARTITION:FIRST-LAST from which they came')
    .option('--since <time>', 'written at or after this time')
    .option('--until <time>', 'written before this time');

const settleFlags = (command: Command) =>
  command
    .argument('[dead-letter...]', 'PARTITION:OFFSET of single dead letters')
    .option('--all', 'every open dead letter')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--yes', 'needed with filters or --all')
    .addOption(jsonOption('what was done'));

async function listAll(context: CliContext, flags: ListFlags): Promise<number> {
  const { all = false, count: countOnly = false, json = false } = flags;
  const { stdout } = context;
  const limit = flags.limit ?? (json ? Number.POSITIVE_INFINITY : LIST_LIMIT);
  const [tool, config] = [await import('@epee/dead-letters'), await stackConfig(context, 'kafka')];
  const width = widthOf(stdout);
  let shown = 0;
  const report = await tool.listDeadLetters({ selection: tool.parseSelection([], flags, Date.now()), all }, config, {
    ...watchOf(context, !countOnly),
    async onLetter(letter) {
      if (countOnly || shown >= limit) return;
      if (shown === 0 && !json) await write(stdout, `${tool.listHead(width)}\n`);
      await write(stdout, `${json ? JSON.stringify(letter) : tool.listRow(letter, width)}\n`);
      shown += 1;
    },
  });
  if (json && !countOnly) return 0;
  const more = shown < report.letters ? `... and ${count(report.letters - shown)} more (--limit)\n\n` : '\n';
  if (!countOnly) stdout.write(more);
  printReport(context, report, { json, words: (found) => tool.countsText(found, width) });
  return 0;
}

async function showOne(context: CliContext, id: string, { withPayload = false, json }: ShowFlags): Promise<number> {
  const [{ deadLetterText, parseId, readDeadLetter }, config] = [await import('@epee/dead-letters'), await stackConfig(context, 'kafka')];
  const report = await readDeadLetter({ id: parseId(id), withPayload }, config, context.signal);
  const about = withPayload
    ? `It is written down in ${config.operator.auditTopic} that you were shown key and value.`
    : 'Key and value are not shown. --with-payload shows them, and writes that down.';
  printReport(context, report, { json, words: (found) => `${deadLetterText(found)}\n\n${about}` });
  return 0;
}

async function settle(context: CliContext, { outcome, ids }: Settling, flags: SettleFlags): Promise<number> {
  const { reason = null, dryRun = false, yes = false, json } = flags;
  if (reason !== null && !/^[^\p{Cc}]{1,200}$/u.test(reason))
    throw usage(`--reason must be one line of 1 to 200 characters, but has ${reason.length}`);
  const tool = await import('@epee/dead-letters');
  demandSelection({ outcome, ids }, flags, tool.isFiltered(flags));
  const config = await stackConfig(context, 'kafka');
  const request = { outcome, selection: tool.parseSelection(ids.map(tool.parseId), flags, Date.now()), reason };
  if (dryRun) {
    printReport(context, await tool.planSettlement(request, config, context.signal), { json, words: tool.planText });
    return 0;
  }
  if (ids.length === 0 && !yes) {
    const { open, counts } = await tool.planSettlement(request, config, context.signal);
    if (open > 0) throw unconfirmed(outcome, open, tool.kindsText(counts));
  }
  const report = await tool.settleDeadLetters(request, config, watchOf(context));
  printReport(context, report, { json, words: tool.settleText });
  tool.demandNoneDone(report);
  return report.refusedCount > 0 ? 1 : 0;
}

function demandSelection({ outcome, ids }: Settling, { all }: SettleFlags, filtered: boolean): void {
  if (ids.length > 0 && all) throw usage('Name dead letters, or give --all; not both');
  if (ids.length > 0 || filtered || all) return;
  throw usage(
    `Say which dead letters are to be ${outcome}: name them (PARTITION:OFFSET), filter them (--code, --stage, --origin, --since, --until), or give --all`,
  );
}

const unconfirmed = (outcome: MarkOutcome, open: number, kinds: string) =>
  usage(
    `${counted(open, 'dead letter')} would be ${outcome} (${kinds}); nothing was done`,
    'Add --yes to do it, or --dry-run to see more.',
  );
