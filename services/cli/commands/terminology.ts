import { cliConfig } from '@epee/config';
import type { Format } from '@epee/terminology-tool';
import { Command, Option } from 'commander';
import { type CliContext, type Runner, showReport, watchOf } from '../context.ts';
import { jsonOption, usage } from '../options.ts';

interface Flags {
  readonly system: string;
  readonly version: string;
  readonly as?: Format;
  readonly labels?: string;
  readonly dir?: string;
  readonly label: string;
  readonly json?: boolean;
}

const LOAD = `
FILE: RXNCONSO.RRF; a description file of SNOMED CT; Loinc.csv; a table (.tsv,
.csv) whose first line names the columns code and display, and term where there
are synonyms; a FHIR CodeSystem. Also .gz. docs/TERMINOLOGY.md says more.

Examples:
  epee terminology load RXNCONSO.RRF --system RxNorm --version 2026-11 \\
      --dir codes
  EPEE_TERMINOLOGY_DIR=codes epee terminology find "lisinopril 10 mg"`;

/** `epee terminology`: the code systems that entities are coded with. */
export function terminologyCommand(run: Runner): Command {
  const load = new Command('load')
    .description("make a table of a site's own code system")
    .argument('<file>', 'file of the code system')
    .requiredOption('--system <name>', 'short name, such as RxNorm (required)')
    .requiredOption('--version <version>', 'version, such as 2026-11 (required)')
    .addOption(new Option('--as <format>', "format (default: by the file's name)").choices(['rrf', 'tsv', 'fhir']))
    .option('--labels <labels>', 'entities that get its codes: medication,problem,test,procedure (default: by system)')
    .option('--dir <folder>', 'folder of the tables (default: EPEE_TERMINOLOGY_DIR)')
    .addOption(jsonOption())
    .addHelpText('after', LOAD)
    .action(run(loadTable));
  const list = new Command('list').description('show the tables in use').addOption(jsonOption()).action(run(listTables));
  const find = new Command('find')
    .description('show how words would be coded')
    .argument('<text>', 'words of an entity')
    .option('--label <label>', 'label of the entity', 'medication')
    .addOption(jsonOption('the codes'))
    .action(run(findText));
  const command = new Command('terminology')
    .description('code systems: load your own, list them, look words up')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  epee terminology list\n  epee terminology find HTN --label problem');
  for (const part of [load, list, find]) command.addCommand(part);
  return command;
}

async function loadTable(context: CliContext, file: string, { system, version, as: format, labels, dir, json }: Flags): Promise<number> {
  const tool = await import('@epee/terminology-tool');
  const folder = dir ?? cliConfig(context.env).terminologyDir;
  if (folder === null || folder === 'off') throw usage('--dir must name a folder, or EPEE_TERMINOLOGY_DIR');
  const wanted = labels?.split(',') ?? [];
  const unknown = wanted.find((label) => !(tool.CODED_LABELS as readonly string[]).includes(label));
  if (unknown !== undefined)
    throw usage(`--labels must be among ${tool.CODED_LABELS.join(', ')}, not ${JSON.stringify(unknown.slice(0, 40))}`);
  const request = { file, system, version, format: format ?? null, labels: wanted, folder };
  await showReport(context, await tool.loadTerminology(request, watchOf(context)), { json, words: tool.loadText });
  return 0;
}

async function listTables(context: CliContext, { json }: Flags): Promise<number> {
  const tool = await import('@epee/terminology-tool');
  await showReport(context, await tool.listTerminologies(cliConfig(context.env).terminologyDir), { json, words: tool.listText });
  return 0;
}

async function findText(context: CliContext, text: string, { label, json }: Flags): Promise<number> {
  const tool = await import('@epee/terminology-tool');
  const codes = await tool.findCodes(cliConfig(context.env).terminologyDir, label, text);
  await showReport(context, codes, { json, words: tool.findText });
  return 0;
}
