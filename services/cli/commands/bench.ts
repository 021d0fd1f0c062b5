import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BenchPart, BenchRequest } from '@epee/bench';
import { cliConfig } from '@epee/config';
import { widthOf, writeWhole } from '@epee/terminal';
import { Command, Option } from 'commander';
import { type CliContext, printReport, type Runner, watchOf } from '../context.ts';
import { jsonOption, numberOption, outputFiles, outputOption, wholeNumber } from '../options.ts';

interface Flags {
  readonly model?: string;
  readonly policy?: string;
  readonly data?: string;
  readonly only?: readonly BenchPart[];
  readonly rows: number;
  readonly rounds: number;
  readonly batches?: readonly string[];
  readonly notes: number;
  readonly seconds: number;
  readonly python?: string;
  readonly json?: boolean;
  readonly output?: readonly string[];
}

const PARTS: readonly BenchPart[] = ['exits', 'peers', 'pipeline', 'transactions', 'latency'];
const BATCHES = ['1', '8', '32', '128'];
const FORMATS = ['json', 'md'] as const;

const EXAMPLES = `
Parts:
  exits         the exit graph with and without exits, beside a graph that has
                none, by batch size and precision: time and layers saved
  peers         the same rows in PyTorch, row by row and layer by layer, and at
                full depth in transformers.js, which is fetched the first time;
                needs a Python with services/trainer/requirements.txt
  pipeline      notes through a Kafka, worker, projector and Redis of its own,
                beside epee extract; the memory of the services
  transactions  the same through a worker with transactions, and through one
                that writes at least once, without them
  latency       single notes from HTTP to Redis, one after the other, at 50, 70
                and 90 % of capacity, beside an import and beside a note of
                950 KB; about 3 minutes
All sides take turns in one run; let the machine do nothing else meanwhile.
A .md file is a page such as docs/BENCHMARKS.md; where it exists, what other
commands printed stays in it.

Examples:
  epee bench --data ../shared/data/text -o docs/BENCHMARKS.md -o bench.json
  epee bench --only exits --batches 1 32 --rows 128
  epee bench --only pipeline --notes 200 --json
  epee bench --only latency --seconds 60`;

/** `epee bench`: the measurements of docs/BENCHMARKS.md. */
export function benchCommand(run: Runner): Command {
  return new Command('bench')
    .description('measure exits, PyTorch and transformers.js beside them, and the pipeline, on this machine')
    .option('--model <folder>', 'model package (default: EPEE_MODEL_DIR, else the shipped one)')
    .option('--policy <name>', 'named exit policy to measure (default: EPEE_POLICY, else fast)')
    .option('--data <folder>', 'folder with phee/ and aci_bench/ (default: the sample notes of deploy/samples)')
    .addOption(new Option('--only <part...>', 'measure only these parts').choices(PARTS))
    .addOption(numberOption('--rows <number>', 'rows of each kind', 100_000).default(256))
    .addOption(numberOption('--rounds <number>', 'rounds that count', 1000).default(5))
    .option('--batches <rows...>', 'batch sizes of exits; peers have 1, 8 and 32 (default: 1 8 32 128)')
    .addOption(numberOption('--notes <number>', 'notes through the pipeline', 10_000_000).default(2000))
    .addOption(numberOption('--seconds <number>', 'time of each row of latency', 3600).default(20))
    .option('--python <file>', 'Python for PyTorch (default: services/trainer/.venv/bin/python, where it is)')
    .addOption(jsonOption())
    .addOption(outputOption(FORMATS))
    .addHelpText('after', EXAMPLES)
    .action(run(bench));
}

async function bench(context: CliContext, flags: Flags): Promise<number> {
  const { model, policy, data = null, only: parts = PARTS, rows, rounds, notes, seconds, python = null, json } = flags;
  const files = outputFiles(flags.output, FORMATS);
  const env = {
    ...context.env,
    ...(model === undefined ? {} : { EPEE_MODEL_DIR: resolve(model) }),
    ...(policy === undefined ? {} : { EPEE_POLICY: policy }),
  };
  const config = cliConfig(env);
  const { benchmarkPage, benchText, measureAll } = await import('@epee/bench');
  const batchSizes = (flags.batches ?? BATCHES).map((size) => wholeNumber('--batches', size, 4096));
  const request = {
    modelDir: config.engine.modelDir,
    policy: config.policy,
    data,
    parts,
    rows,
    rounds,
    batchSizes,
    notes,
    seconds,
    python,
  };
  const report = await measureAll({ ...request, command: commandOf(request) }, env, watchOf(context));
  printReport(context, report, { json, words: (found) => benchText(found, widthOf(context.stdout)) });
  if (files.json !== undefined) await writeWhole(files.json, `${JSON.stringify(report, null, 1)}\n`);
  if (files.md !== undefined) await writeWhole(files.md, benchmarkPage(report, await readFile(files.md, 'utf8').catch(() => '')));
  return 0;
}

/** What measures the same again; the folder of the data is called DATA. */
function commandOf({ data, parts, policy, rows, rounds, batchSizes, notes, seconds }: Omit<BenchRequest, 'command'>): string {
  const which = [...(data === null ? [] : ['--data DATA']), ...(parts.length < PARTS.length ? [`--only ${parts.join(' ')}`] : [])];
  return [
    'epee bench',
    ...which,
    `--policy ${policy} --rows ${rows} --rounds ${rounds} --batches ${batchSizes.join(' ')} --notes ${notes}${parts.includes('latency') ? ` --seconds ${seconds}` : ''}`,
  ].join(' ');
}
