import { cliConfig } from '@epee/config';
import { linesOn, prettyResult, write } from '@epee/terminal';
import { Command, Option } from 'commander';
import { type CliContext, type Runner, watchOf } from '../context.ts';
import { signalExitCode } from '../exit-codes.ts';
import { stdinOption } from '../options.ts';

interface Flags {
  readonly policy?: string;
  readonly precision?: string;
  readonly sentences?: boolean;
  readonly stdin: 'auto' | 'text' | 'rows';
  readonly pretty?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
A .txt file is one note. A .jsonl or .ndjson file (also .gz) has one note per
line: {"id": "...", "text": "..."}. A .png, .jpg or .jpeg file is one image; its
document id is its name with the ending. Results come on standard output in the
order of the input, each as soon as it is there. Rows that cannot be read are
reported on standard error, and so are the totals. Ctrl-C ends it at once. A
note on standard input that names no id gets one of its own.

Examples:
  epee extract deploy/samples/discharge-summary-pneumonia.txt --pretty
  epee extract chest-xray.png --pretty
  epee extract notes.jsonl.gz --policy full > results.jsonl
  echo "She developed a rash after starting amoxicillin." | epee extract -
  epee extract sentences.jsonl --sentences --quiet | jq '.events[].type'`;

/** `epee extract`: the engine without Kafka. */
export function extractCommand(run: Runner): Command {
  return new Command('extract')
    .description('extract from files without Kafka: one ExtractionResult as JSON per line')
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
    .addOption(stdinOption())
    .option('--pretty', 'a few lines for people in place of JSON')
    .addOption(new Option('--json', 'one JSON object per line (the default)').conflicts('pretty'))
    .option('--quiet', 'no progress and no totals on standard error')
    .addHelpText('after', EXAMPLES)
    .action(run(extract));
}

async function extract(context: CliContext, paths: string[], flags: Flags): Promise<number> {
  const { policy, precision, sentences = false, stdin: stdinAs, pretty = false, quiet = false } = flags;
  const { env, stdin, stdout, stderr } = context;
  const config = cliConfig({
    ...env,
    ...(policy === undefined ? {} : { EPEE_POLICY: policy }),
    ...(precision === undefined ? {} : { EPEE_ENGINE_PRECISION: precision }),
  });
  const { extractFiles, extractText, precisionText } = await import('@epee/extract');
  const tell = (text: string) => void (quiet || stderr.write(`${text}\n`));
  const report = await extractFiles({ paths, stdin, stdinAs, sentences }, config, {
    ...watchOf(context, true),
    ...(quiet ? { startProgress: linesOn(stderr) } : {}),
    onResult: (result) => write(stdout, `${pretty ? prettyResult(result) : JSON.stringify(result)}\n`),
    onPrecision: (choice) => tell(precisionText(choice)),
  });
  tell(extractText(report));
  if (report.interrupted) return signalExitCode(context.signal.reason);
  return report.failed === 0 ? 0 : 1;
}
