import { cliConfig } from '@epee/config';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';

interface Flags {
  readonly policy?: string;
  readonly precision?: string;
  readonly sentences?: boolean;
  readonly stdin: 'auto' | 'text' | 'rows';
  readonly pretty?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
A .txt file is one note; a .jsonl or .ndjson file (also .gz) has one note a line: {"id": "...", "text": "..."}. Results come on standard
output in the order of the notes; a .png, .jpg or .jpeg file is one image, its name with the ending the document id. Totals and rows that cannot be read go to standard error, and the rest goes on.

Examples:
  epee extract deploy/samples/discharge-summary-pneumonia.txt --pretty
  epee extract chest-xray.png --pretty
  epee extract notes.jsonl.gz --policy full > results.jsonl
  echo "She developed a rash after starting amoxicillin." | epee extract -
  epee extract sentences.jsonl --sentences --quiet | jq '.events[].type'`;

/** `epee extract`: the engine without Kafka. */
export function extractCommand(run: Runner): Command {
  return new Command('extract')
    .description('extract from files without Kafka: one ExtractionResult as JSON a line')
    .argument('<file...>', 'files and folders; - reads standard input')
    .option('--policy <name>', 'named exit policy of the model package (default: EPEE_POLICY, else fast)')
    .addOption(
      new Option('--precision <precision>', 'arithmetic of the model (default: EPEE_ENGINE_PRECISION, else fp32)').choices([
        'fp32',
        'int8',
        'auto',
      ]),
    )
    .option('--sentences', 'each text is one sentence, without sections')
    .addOption(new Option('--stdin <kind>', 'how standard input is read').choices(['auto', 'text', 'rows']).default('auto'))
    .addOption(new Option('--pretty', 'a few lines for people in place of JSON'))
    .addOption(new Option('--json', 'one JSON object a line (this is the default)').conflicts('pretty'))
    .option('--quiet', 'no progress and no totals on standard error')
    .addHelpText('after', EXAMPLES)
    .action(run(extract));
}

async function extract(
  context: CliContext,
  paths: string[],
  { policy, precision, sentences, stdin, pretty, quiet }: Flags,
): Promise<number> {
  const config = cliConfig({
    ...context.env,
    ...(policy === undefined ? {} : { EPEE_POLICY: policy }),
    ...(precision === undefined ? {} : { EPEE_ENGINE_PRECISION: precision }),
  });
  const { runExtract } = await import('@epee/extract');
  return runExtract(context, config, {
    paths,
    sentences: sentences ?? false,
    stdinAs: stdin,
    output: pretty ? 'table' : 'json',
    quiet: quiet ?? false,
  });
}
