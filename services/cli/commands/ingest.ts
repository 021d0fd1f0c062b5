import { cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';

interface Flags {
  readonly policy?: string;
  readonly source: string;
  readonly noteVersion: string;
  readonly stdin: 'auto' | 'text' | 'rows';
  readonly json?: boolean;
}

const EXAMPLES = `
A .txt file is one note, its name without .txt the document id. A .jsonl or .ndjson file (also .gz) has one note a line: documentId (or id) and text,
optionally version, source, patientRef, encounterRef, noteType; other fields are left out. Folders are read with everything below them. Rows that
cannot be read are reported as FILE:LINE with their field, and the rest goes on. A note that is sent twice gives one result.

A .png, .jpg or .jpeg file is one image, its name with the ending the document id. One of over 512 KiB is not copied but referred to: the worker must
be able to read it, and allow its folder (EPEE_IMAGE_FOLDERS).

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
    .option('--policy <name>', "named exit policy for these (default: the worker's own)")
    .option('--source <name>', 'source of those that name none', 'epee-ingest')
    .option('--note-version <number>', 'version of those that name none; a newer version replaces an older one', '1')
    .addOption(new Option('--stdin <kind>', 'how standard input is read').choices(['auto', 'text', 'rows']).default('auto'))
    .option('--json', 'the totals as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run(ingest));
}

async function ingest(context: CliContext, paths: string[], { policy, source, noteVersion, stdin, json }: Flags): Promise<number> {
  const [{ runIngest }, { withLocalStack }, { isPolicyName }] = await Promise.all([
    import('@epee/publish'),
    import('@epee/stack'),
    import('@epee/stream'),
  ]);
  if (policy !== undefined && !isPolicyName(policy))
    throw usage('--policy must be the name of a policy: a letter, then letters, digits or "-"');
  if (!/^\d{1,19}$/.test(noteVersion)) throw usage('--note-version must be a whole number from 0 to 9223372036854775807');
  const config = cliConfig(withLocalStack(context.env));
  return runIngest(context, config, { paths, stdinAs: stdin, source, version: noteVersion, policy: policy ?? null, json: json ?? false });
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
