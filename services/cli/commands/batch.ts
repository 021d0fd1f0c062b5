import type { Move } from '@epee/batch';
import { cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';
import { wholeNumber } from '../options.ts';

const IMPORT_HELP = `
PATHs are files and folders as the jobs service sees them, below one of its EPEE_JOBS_FOLDERS: .txt (one note, its name without .txt the document id), .jsonl and
.ndjson (one note a line: documentId or id, text, optionally version, source, patientRef, encounterRef, noteType), .csv with a header that names the same; all but
.txt also as .gz. Rows that cannot be read are reported as FILE:LINE, and the rest goes on. Ctrl-C ends the watching, not the import.

Examples:
  epee batch import /data/ward-4b --policy careful
  epee batch import notes.csv --column text=note_text --column documentId=note_id --delimiter ";"
  epee batch import archive.jsonl.gz --rate 200 --detach`;

const HELP = `
An import is worked on by \`epee run jobs\`, which must run beside \`epee run worker\`. It survives whatever is killed: each note is sent once. The worker takes its
notes after those that come in otherwise.

Examples:
  epee batch import /data/ward-4b
  epee batch list
  epee batch status JOB --watch
  epee batch pause JOB && epee batch resume JOB
  epee batch report JOB --json
  epee batch export JOB --out results/`;

const FIELDS = ['documentId', 'version', 'source', 'patientRef', 'encounterRef', 'noteType', 'text'];

/** `epee batch`: imports of many notes. */
export function batchCommand(run: Runner): Command {
  const job = (name: string, what: string) => new Command(name).description(what).argument('<job>', 'id of the import');
  const move = (name: Move, what: string) =>
    job(name, what)
      .addHelpText('after', `\nExample:\n  epee batch ${name} JOB`)
      .action(run((context, id: string) => moveJob(context, id, name)));
  const batch = new Command('batch').description('import many notes from files, and see what became of them').helpCommand(false);
  const commands = [
    importCommand(run),
    new Command('list')
      .description('all imports, the latest first')
      .option('--json', 'one JSON object a line')
      .addHelpText('after', '\nExample:\n  epee batch list')
      .action(run(list)),
    job('status', 'where an import stands')
      .option('--watch', 'show its progress until it has ended')
      .option('--json', 'as JSON')
      .addHelpText('after', '\nExample:\n  epee batch status JOB --watch')
      .action(run(status)),
    move('pause', 'send nothing more for now'),
    move('resume', 'go on with one that is paused or has failed'),
    move('cancel', 'send nothing more, for good'),
    job('report', 'what an import came to')
      .option('--json', 'as JSON')
      .option('--problems <number>', 'rows that could not be read to be listed', '20')
      .addHelpText(
        'after',
        '\nExit code 1 where rows could not be read or notes became dead letters.\n\nExample:\n  epee batch report JOB --json',
      )
      .action(run(report)),
    job('export', "write an import's results to files")
      .requiredOption('--out <folder>', 'folder to be made')
      .addOption(
        new Option('--tables <form>', 'form of the tables sections, entities, events, relations')
          .choices(['csv', 'parquet', 'both', 'none'])
          .default('both'),
      )
      .option('--json', 'the totals as JSON')
      .addHelpText(
        'after',
        '\nresults.jsonl holds each result as one line. The folder appears when all is written.\n\nExample:\n  epee batch export JOB --out results',
      )
      .action(run(exportResults)),
  ];
  // As for the commands above: usage errors go where the program writes.
  batch.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  for (const command of commands) batch.addCommand(command);
  return batch.addHelpText('after', HELP);
}

interface ImportFlags {
  readonly policy?: string;
  readonly source: string;
  readonly noteVersion: string;
  readonly rate?: string;
  readonly column: readonly string[];
  readonly delimiter: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

function importCommand(run: Runner): Command {
  return new Command('import')
    .description('import the notes of files and folders')
    .argument('<path...>', 'files and folders')
    .option('--policy <name>', "named exit policy for these notes (default: the worker's own)")
    .option('--source <name>', 'source of notes that name none', 'epee-batch')
    .option('--note-version <number>', 'version of notes that name none; a newer version replaces an older one', '1')
    .option('--rate <notes>', 'notes that are sent a second, at most')
    .option('--column <field=name>', 'column of CSV files that holds a field; may be given several times', collect, [])
    .option('--delimiter <character>', 'what separates the fields of CSV files; "tab" is a tab', ',')
    .option('--detach', 'do not watch: print the id and end')
    .option('--json', 'the report as JSON')
    .addHelpText('after', IMPORT_HELP)
    .action(run(importPaths));
}

const collect = (value: string, before: readonly string[]) => [...before, value];

async function importPaths(context: CliContext, paths: string[], flags: ImportFlags): Promise<number> {
  const { policy, source, noteVersion, rate, column, delimiter, detach, json } = flags;
  const [{ runImport }, { isPolicyName }] = await Promise.all([import('@epee/batch'), import('@epee/stream')]);
  if (policy !== undefined && !isPolicyName(policy))
    throw usage('--policy must be the name of a policy: a letter, then letters, digits or "-"');
  if (!/^\d{1,19}$/.test(noteVersion)) throw usage('--note-version must be a whole number from 0 to 9223372036854775807');
  const separator = delimiter === 'tab' ? '\t' : delimiter;
  if (!/^[\t -~]$/.test(separator) || separator === '"')
    throw usage('--delimiter must be one character of ASCII other than a quote, or "tab"');
  const definition = {
    policy: policy ?? null,
    source,
    version: noteVersion,
    notesPerSecond: rate === undefined ? null : wholeNumber('--rate', rate, 1_000_000),
    csv: { delimiter: separator, columns: columnsOf(column) },
  };
  return runImport(context, await config(context), { paths, definition, detach: detach ?? false, json: json ?? false });
}

function columnsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const field = pair.slice(0, Math.max(0, at));
      if (!FIELDS.includes(field) || at === pair.length - 1)
        throw usage(`--column must be FIELD=NAME, with FIELD one of ${FIELDS.join(', ')}`);
      return [field, pair.slice(at + 1)];
    }),
  );
}

async function list(context: CliContext, { json }: { json?: boolean }): Promise<number> {
  const { runList } = await import('@epee/batch');
  return runList(context, await config(context), { json: json ?? false });
}

async function status(context: CliContext, id: string, { watch, json }: { watch?: boolean; json?: boolean }): Promise<number> {
  const { runStatus } = await import('@epee/batch');
  return runStatus(context, await config(context), { id, watch: watch ?? false, json: json ?? false });
}

async function moveJob(context: CliContext, id: string, move: Move): Promise<number> {
  const { runMove } = await import('@epee/batch');
  return runMove(context, await config(context), { id, move });
}

async function report(context: CliContext, id: string, { json, problems }: { json?: boolean; problems: string }): Promise<number> {
  const { runReport } = await import('@epee/batch');
  return runReport(context, await config(context), { id, json: json ?? false, problems: wholeNumber('--problems', problems, 10_000) });
}

type ExportFlags = { readonly out: string; readonly tables: 'csv' | 'parquet' | 'both' | 'none'; readonly json?: boolean };

async function exportResults(context: CliContext, id: string, { out, tables, json }: ExportFlags): Promise<number> {
  const { runExport } = await import('@epee/batch');
  return runExport(context, await config(context), { id, out, tables, json: json ?? false });
}

async function config({ env }: CliContext) {
  const { withLocalStack } = await import('@epee/stack');
  return cliConfig(withLocalStack(env));
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
