import type { DryRunRequest, ExportRequest, ImportReport, Move } from '@epee/batch';
import { cliConfig } from '@epee/config';
import { widthOf } from '@epee/terminal';
import { Command, Option } from 'commander';
import { type CliContext, printReport, type Runner, stackConfig, watchOf } from '../context.ts';
import { collect, jsonOption, noteVersionOption, numberOption, policyOption, sourceOption, usage } from '../options.ts';

const IMPORT_HELP = `
PATHs are files and folders as the jobs service sees them, below one of its
EPEE_JOBS_FOLDERS:
  .txt               one note; its document id is its name without .txt
  .jsonl, .ndjson    one note per line: documentId or id, text; optionally
                     version, source, patientRef, encounterRef, noteType
  .csv               a header that names the same fields
All but .txt may end in .gz, too. Rows that cannot be read are reported as
FILE:LINE; the others are imported. Ctrl-C ends the watching, not the import.

Examples:
  epee batch import /data/ward-4b --policy careful
  epee batch import notes.csv --dry-run
  epee batch import notes.csv --column text=note_text --delimiter ";"
  epee batch import archive.jsonl.gz --rate 200 --detach`;

const HELP = `
\`epee run jobs\` works on imports; it must run beside \`epee run worker\`. An
import survives whatever is killed: each note is sent once. The worker takes its
notes after those that arrive in other ways.

Examples:
  epee batch import /data/ward-4b
  epee batch list
  epee batch status JOB --watch
  epee batch pause JOB && epee batch resume JOB
  epee batch report JOB --json
  epee batch export JOB --output results/`;

const EXPORT_HELP = `
results.jsonl holds each result as one line. The folder appears when all is
written.

Example:
  epee batch export JOB --output results`;

const FIELDS = ['documentId', 'version', 'source', 'patientRef', 'encounterRef', 'noteType', 'text'];

/** `epee batch`: imports of many notes. */
export function batchCommand(run: Runner): Command {
  const batch = new Command('batch').description('import many notes from files, and see what became of them').helpCommand(false);
  const commands = [
    importCommand(run),
    new Command('list')
      .description('all imports, the latest first')
      .option('--json', 'one JSON object per line')
      .addHelpText('after', '\nExample:\n  epee batch list')
      .action(run(list)),
    onJob('status', 'show where an import is')
      .option('--watch', 'show its progress until it has ended')
      .addHelpText('after', '\nExample:\n  epee batch status JOB --watch')
      .action(run(status)),
    moveCommand(run, 'pause', 'send nothing more for now'),
    moveCommand(run, 'resume', 'resume an import that is paused or has failed'),
    moveCommand(run, 'cancel', 'send nothing more, for good'),
    onJob('report', 'show what an import came to')
      .addOption(numberOption('--problems <number>', 'unreadable rows to list', 10_000).default(20))
      .addHelpText(
        'after',
        '\nExit code 1: some rows were unreadable, or notes became dead letters.\n\nExample:\n  epee batch report JOB --json',
      )
      .action(run(report)),
    onJob('export', "write an import's results to files")
      .requiredOption('-o, --output <folder>', 'folder to be made (required)')
      .addOption(
        new Option('--tables <form>', 'form of the tables sections, entities, events, relations')
          .choices(['csv', 'parquet', 'both', 'none'])
          .default('both'),
      )
      .addHelpText('after', EXPORT_HELP)
      .action(run(exportJob)),
  ];
  // As for the commands above: usage errors go where the program writes.
  batch.hook('preSubcommand', (parent, child) => void child.copyInheritedSettings(parent));
  for (const command of commands) batch.addCommand(command);
  return batch.addHelpText('after', HELP);
}

const onJob = (name: string, what: string) =>
  new Command(name).description(what).argument('<job>', 'id of the import').addOption(jsonOption());

const moveCommand = (run: Runner, name: Move, what: string) =>
  onJob(name, what)
    .addHelpText('after', `\nExample:\n  epee batch ${name} JOB`)
    .action(run((context: CliContext, id: string, flags: JsonFlag) => move(context, { id, move: name }, flags)));

interface JsonFlag {
  readonly json?: boolean;
}

interface ImportFlags extends JsonFlag {
  readonly policy?: string;
  readonly source: string;
  readonly noteVersion: string;
  readonly rate?: number;
  readonly column?: readonly string[];
  readonly delimiter: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

function importCommand(run: Runner): Command {
  return new Command('import')
    .description('import the notes of files and folders')
    .argument('<path...>', 'files and folders')
    .addOption(policyOption())
    .addOption(sourceOption('epee-batch'))
    .addOption(noteVersionOption())
    .addOption(numberOption('--rate <notes>', 'notes sent per second, at most', 1_000_000))
    .addOption(new Option('--column <field=name>', 'column of CSV files that holds a field; repeatable').argParser(collect))
    .option('--delimiter <character>', 'what separates the fields of CSV files; "tab" is a tab', ',')
    .option('--dry-run', 'read headers and first rows here, propose --column and --delimiter, and send nothing')
    .option('--detach', 'do not watch: print the id and end')
    .addOption(jsonOption())
    .addHelpText('after', IMPORT_HELP)
    .action(run(importPaths));
}

async function importPaths(context: CliContext, paths: string[], flags: ImportFlags): Promise<number> {
  const { policy = null, source, noteVersion: version, rate = null, column = [], detach, json } = flags;
  const csv = { delimiter: delimiterOf(flags.delimiter), columns: columnsOf(column) };
  if (flags.dryRun) return dryRunImport(context, { paths, csv, source, version }, json);
  const [{ startImport }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  const id = await startImport({ paths, definition: { policy, source, version, notesPerSecond: rate, csv } }, config);
  if (detach) {
    printReport(context, { id }, { json, words: () => id });
    return 0;
  }
  context.stderr.write(`${id} begins\n`);
  return follow(context, id, json);
}

async function dryRunImport(context: CliContext, request: Omit<DryRunRequest, 'maxTextBytes'>, json: boolean | undefined): Promise<number> {
  const { dryRun, dryRunText, isImportable } = await import('@epee/batch');
  const found = await dryRun({ ...request, maxTextBytes: cliConfig(context.env).noteMaxBytes });
  printReport(context, found, { json, words: dryRunText });
  return isImportable(found) ? 0 : 10;
}

/** Watches an import to its end and prints what it came to. */
async function follow(context: CliContext, id: string, json: boolean | undefined): Promise<number> {
  const [{ hasEnded, watchImport }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  const found = await watchImport(id, config, watchOf(context));
  if (hasEnded(found)) return conclude(context, found, json);
  if (found.state === 'paused') {
    context.stderr.write(`${id} is paused. To resume it: epee batch resume ${id}\n`);
    return 0;
  }
  context.stderr.write(`${id} runs on without this command. To watch it again: epee batch status ${id} --watch\n`);
  return 130;
}

/** Prints what an import came to. @throws EpeeError where it was cancelled or has failed */
async function conclude(context: CliContext, found: ImportReport, json: boolean | undefined): Promise<number> {
  const { demandDone, importText } = await import('@epee/batch');
  printReport(context, found, { json, words: importText });
  demandDone(found);
  return found.state === 'done' && found.unreadable + found.deadLetters > 0 ? 1 : 0;
}

async function list(context: CliContext, { json }: JsonFlag): Promise<number> {
  const [{ importsTable, listImports }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  const imports = await listImports(config);
  if (json) for (const one of imports) context.stdout.write(`${JSON.stringify(one)}\n`);
  else context.stdout.write(`${importsTable(imports, widthOf(context.stdout))}\n`);
  return 0;
}

async function status(context: CliContext, id: string, { watch, json }: JsonFlag & { readonly watch?: boolean }): Promise<number> {
  if (watch) return follow(context, id, json);
  const [{ readImport, statusText }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  printReport(context, await readImport(id, config), { json, words: statusText });
  return 0;
}

async function move(context: CliContext, request: { id: string; move: Move }, { json }: JsonFlag): Promise<number> {
  const [{ moveImport, moveText }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  printReport(context, await moveImport(request, config), { json, words: moveText });
  return 0;
}

async function report(context: CliContext, id: string, { json, problems }: JsonFlag & { readonly problems: number }): Promise<number> {
  const [{ finished, hasEnded, readImport }, config] = [await import('@epee/batch'), await stackConfig(context, 'redis')];
  const found = await readImport(id, config, problems);
  if (!hasEnded(found)) context.stderr.write(`${id} has not ended: ${finished(found)} of ${found.sent} sent notes are finished\n`);
  return conclude(context, found, json);
}

type ExportFlags = JsonFlag & { readonly output: string; readonly tables: ExportRequest['tables'] };

async function exportJob(context: CliContext, id: string, { output: folder, tables, json }: ExportFlags): Promise<number> {
  const [{ exportResults, exportText, exportWarnings }, config] = [
    await import('@epee/batch'),
    await stackConfig(context, 'kafka', 'redis'),
  ];
  const written = await exportResults({ id, folder, tables }, config, watchOf(context));
  for (const line of exportWarnings(written)) context.stderr.write(`${line}\n`);
  printReport(context, written, { json, words: exportText });
  return written.results < written.extracted ? 1 : 0;
}

function delimiterOf(text: string): string {
  const delimiter = text === 'tab' ? '\t' : text;
  if (/^[\t -~]$/.test(delimiter) && delimiter !== '"') return delimiter;
  throw usage('--delimiter must be one character of ASCII other than a quote, or "tab"');
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
