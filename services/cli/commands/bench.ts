import { resolve } from 'node:path';
import { BENCH_PARTS, type BenchPart } from '@epee/bench';
import { cliConfig } from '@epee/config';
import type { CliContext, Runner } from '@epee/terminal';
import { Command, Option } from 'commander';
import { wholeNumber } from '../options.ts';

interface Flags {
  readonly model?: string;
  readonly policy?: string;
  readonly data?: string;
  readonly only?: readonly BenchPart[];
  readonly rows: string;
  readonly rounds: string;
  readonly batches: readonly string[];
  readonly notes: string;
  readonly python?: string;
  readonly json?: string;
  readonly write?: string;
}

const EXAMPLES = `
exits     exit graph with and without exits beside a graph that has none, by batch size and precision: time saved against layers saved
peers     the same rows in PyTorch, one by one and layer by layer, and at full depth in transformers.js, which is fetched the first time; needs a Python
          with services/trainer/requirements.txt
pipeline  notes through a Kafka, worker, projector and Redis of its own beside epee extract; the memory of the services
transactions  the same through a worker with transactions and one that writes at least once, without them
All sides take turns in one run; let the machine do nothing else meanwhile.

Examples:
  epee bench --data ../shared/data/text --write docs/BENCHMARKS.md --json bench.json
  epee bench --only exits --batches 1 32 --rows 128
  epee bench --only pipeline --notes 200`;

/** `epee bench`: the measurements of docs/BENCHMARKS.md. */
export function benchCommand(run: Runner): Command {
  return new Command('bench')
    .description('measure exits, PyTorch and transformers.js beside them, and the pipeline, on this machine')
    .option('--model <folder>', 'model package (default: EPEE_MODEL_DIR, else the shipped one)')
    .option('--policy <name>', 'named exit policy to measure (default: EPEE_POLICY, else fast)')
    .option('--data <folder>', 'folder with phee/ and aci_bench/ (default: the sample notes of deploy/samples)')
    .addOption(new Option('--only <part...>', 'measure these alone').choices(BENCH_PARTS))
    .option('--rows <number>', 'rows of each kind', '256')
    .option('--rounds <number>', 'rounds that count', '5')
    .option('--batches <rows...>', 'batch sizes of exits (peers: 1, 8 and 32)', ['1', '8', '32', '128'])
    .option('--notes <number>', 'notes through the pipeline', '2000')
    .option('--python <file>', 'Python for PyTorch (default: services/trainer/.venv/bin/python, where it is)')
    .option('--json <file>', 'write everything as JSON')
    .option('--write <file>', 'write docs/BENCHMARKS.md, or another page')
    .addHelpText('after', EXAMPLES)
    .action(run(bench));
}

async function bench(context: CliContext, flags: Flags): Promise<number> {
  const { model, policy, data, only, rows, rounds, batches, notes, python, json, write } = flags;
  const env = {
    ...context.env,
    ...(model === undefined ? {} : { EPEE_MODEL_DIR: resolve(model) }),
    ...(policy === undefined ? {} : { EPEE_POLICY: policy }),
  };
  const config = cliConfig(env);
  const { runBench } = await import('@epee/bench');
  return runBench(context, {
    env,
    modelDir: config.engine.modelDir,
    policy: config.policy,
    data: data ?? null,
    parts: only ?? BENCH_PARTS,
    rows: wholeNumber('--rows', rows, 100_000),
    rounds: wholeNumber('--rounds', rounds, 1000),
    batchSizes: batches.map((size) => wholeNumber('--batches', size, 4096)),
    notes: wholeNumber('--notes', notes, 10_000_000),
    python: python ?? null,
    json: json ?? null,
    page: write ?? null,
  });
}
