import { Command } from 'commander';
import { type CliContext, printReport, type Runner, stackConfig, watchOf } from '../context.ts';
import { jsonOption, noteVersionOption, policyOption, sourceOption, stdinOption } from '../options.ts';

interface Flags {
  readonly policy?: string;
  readonly source: string;
  readonly noteVersion: string;
  readonly stdin: 'auto' | 'text' | 'rows';
  readonly json?: boolean;
}

const EXAMPLES = `
A .txt file is one note; its document id is its name without .txt. A .jsonl or
.ndjson file (also .gz) has one note per line: documentId (or id) and text, and
optionally version, source, patientRef, encounterRef and noteType. Other fields
are left out. Folders are read with everything below them. Rows that cannot be
read are reported as FILE:LINE with their field; the others are published. A
note that is sent twice gives one result.

A .png, .jpg or .jpeg file is one image; its document id is its name with the
ending. An image of over 512 KiB is not copied but referred to: the worker must
be able to read the file, and allow its folder (EPEE_IMAGE_FOLDERS).

Examples:
  epee ingest deploy/samples
  epee ingest xray-1.png xray-2.jpg --source radiology
  epee ingest ward-4b.jsonl.gz --source ward-4b --policy careful
  zcat notes.jsonl.gz | epee ingest - --json`;

/** `epee ingest`: files onto the notes topic. */
export function ingestCommand(run: Runner): Command {
  return new Command('ingest')
    .description('publish notes and images from files to Kafka')
    .argument('<path...>', 'files and folders; - reads standard input')
    .addOption(policyOption())
    .addOption(sourceOption('epee-ingest'))
    .addOption(noteVersionOption())
    .addOption(stdinOption())
    .addOption(jsonOption('the totals'))
    .addHelpText('after', EXAMPLES)
    .action(run(ingest));
}

async function ingest(context: CliContext, paths: string[], flags: Flags): Promise<number> {
  const { policy = null, source, noteVersion: version, stdin: stdinAs, json } = flags;
  const [{ publishFiles, publishText }, config] = [await import('@epee/publish'), await stackConfig(context, 'kafka')];
  const { stdin } = context;
  const report = await publishFiles({ paths, stdin, stdinAs, source, version, policy }, config, watchOf(context));
  printReport(context, report, { json, words: publishText });
  return report.failed === 0 ? 0 : 1;
}
