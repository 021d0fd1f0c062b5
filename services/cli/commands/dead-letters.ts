import { cliConfig } from '@epee/config';
import type { SelectionFlags } from '@epee/dead-letters';
import { EpeeError } from '@epee/errors';
import type { CliContext, Runner } from '@epee/terminal';
import { Command } from 'commander';
import { wholeNumber } from '../options.ts';

interface ListFlags extends SelectionFlags {
  readonly all?: boolean;
  readonly count?: boolean;
  readonly limit?: string;
  readonly json?: boolean;
}

interface SettleFlags extends SelectionFlags {
  readonly all?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const ABOUT = `
A dead letter is a record that a worker or the projector could not work on; it is named PARTITION:OFFSET by its place in the dead-letter topic.
docs/DEAD-LETTERS.md tells how retry keeps each from being sent twice.

Examples:
  epee dead-letters list --count
  epee dead-letters list --code AVRO_INVALID --since 2d
  epee dead-letters show 0:42
  epee dead-letters retry --code ENGINE_WORKER_DIED --dry-run
  epee dead-letters discard 0:42 0:43 --reason "test data of the new sender"`;

const FILTERS = `
Filters are all to be met. A time is that of the broker when the letter was written: 2026-03-01T08:00Z, or an age such as 30m, 6h, 2d.`;

const LIST_EXAMPLES = `${FILTERS}
Exit code 30 where no letter fits.

Examples:
  epee dead-letters list
  epee dead-letters list --count --json | jq '.counts'
  epee dead-letters list --origin epee.notes.v1:2:1000-1999 --all`;

const SHOW_EXAMPLES = `
Key and value may hold anything about a patient. --with-payload shows them, after EPEE_AUDIT_TOPIC has it who (EPEE_OPERATOR), when and which letter;
where that fails, nothing is shown (exit code 33).

Examples:
  epee dead-letters show 0:42
  epee dead-letters show 0:42 --with-payload --json | jq '.payload.note'`;

const SETTLE_EXAMPLES = `${FILTERS}
Named letters are done at once; a selection by filters needs --yes. Letters that are done already are left out: a named one ends the command with
exit code 31, after the others were done.

Examples:`;

/** `epee dead-letters`: what could not be worked on. */
export function deadLettersCommand(run: Runner): Command {
  const list = filters(new Command('list').description('list or count dead letters'))
    .option('--all', 'those that were sent back or discarded, too')
    .option('--count', 'counts by code and stage alone')
    .option('--limit <number>', 'letters that are shown (default: 100; with --json all)')
    .option('--json', 'one JSON line a letter; with --count the counts as JSON')
    .addHelpText('after', LIST_EXAMPLES)
    .action(run(list_));
  const show = new Command('show')
    .description('show one dead letter, without clinical text')
    .argument('<letter>', 'PARTITION:OFFSET')
    .option('--with-payload', 'key and value as well; this is written down')
    .option('--json', 'as JSON')
    .addHelpText('after', SHOW_EXAMPLES)
    .action(run(show_));
  const retry = settleFlags(filters(new Command('retry').description('send dead letters back to where they came from, each once')))
    .addHelpText(
      'after',
      `${SETTLE_EXAMPLES}\n  epee dead-letters retry 0:42\n  epee dead-letters retry --code SCHEMA_UNKNOWN --since 1d --yes`,
    )
    .action(run(retry_));
  const discard = settleFlags(filters(new Command('discard').description('mark dead letters as done without sending them')))
    .requiredOption('--reason <text>', 'why, for those who ask later; nothing about a patient (1 to 200 characters)')
    .addHelpText(
      'after',
      `${SETTLE_EXAMPLES}\n  epee dead-letters discard --code TEXT_EMPTY --reason "empty notes of the old sender" --yes`,
    )
    .action(run(discard_));
  const command = new Command('dead-letters')
    .description('list, show, retry and discard what could not be worked on')
    .addHelpText('after', ABOUT);
  for (const one of [list, show, retry, discard]) command.addCommand(one);
  return command;
}

const filters = (command: Command) =>
  command
    .option('--code <code...>', 'error codes, see docs/ERRORS.md')
    .option('--stage <stage...>', 'stages in which they failed')
    .option('--origin <place>', 'TOPIC, TOPIC:PARTITION or TOPIC:PARTITION:FIRST-LAST from which they came')
    .option('--since <time>', 'written at or after this time')
    .option('--until <time>', 'written before this time');

const settleFlags = (command: Command) =>
  command
    .argument('[letter...]', 'PARTITION:OFFSET of single letters')
    .option('--all', 'every open letter')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--yes', 'do it without asking')
    .option('--json', 'what was done as JSON');

async function list_(context: CliContext, flags: ListFlags): Promise<number> {
  const [{ listLetters }, config] = [await import('@epee/dead-letters'), await configOf(context)];
  const { all = false, count = false, json = false } = flags;
  const limit = flags.limit === undefined ? (json ? null : 100) : wholeNumber('--limit', flags.limit, 1_000_000_000);
  return listLetters(context, config, { selection: await selectionOf([], flags), all, countOnly: count, json, limit });
}

async function show_(
  context: CliContext,
  letter: string,
  { withPayload = false, json = false }: { withPayload?: boolean; json?: boolean },
): Promise<number> {
  const [{ showLetter }, { parseId }] = await Promise.all([import('@epee/dead-letters'), import('@epee/dead-letters')]);
  return showLetter(context, await configOf(context), { id: parseId(letter), withPayload, json });
}

const retry_ = (context: CliContext, letters: string[], flags: SettleFlags) => settle(context, 'retried', letters, flags);

async function discard_(context: CliContext, letters: string[], flags: SettleFlags): Promise<number> {
  const { reason = '' } = flags;
  if (!/^[^\p{Cc}]{1,200}$/u.test(reason)) {
    throw new EpeeError('USAGE_INVALID', `--reason must be one line of 1 to 200 characters, but has ${reason.length}`, { stage: 'cli' });
  }
  return settle(context, 'discarded', letters, flags);
}

async function settle(context: CliContext, outcome: 'retried' | 'discarded', letters: string[], flags: SettleFlags): Promise<number> {
  const { all = false, dryRun = false, yes = false, json = false, reason = null } = flags;
  const { settleLetters } = await import('@epee/dead-letters');
  const selection = await selectionOf(letters, flags);
  return settleLetters(context, await configOf(context), { outcome, selection, everything: all, reason, dryRun, yes, json });
}

async function selectionOf(letters: readonly string[], flags: SelectionFlags) {
  const { parseSelection } = await import('@epee/dead-letters');
  return parseSelection(letters, flags, Date.now());
}

async function configOf({ env }: CliContext) {
  const { withLocalStack } = await import('@epee/stack');
  return cliConfig(withLocalStack(env));
}
