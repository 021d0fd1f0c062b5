import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { duration } from '../../shared/present/terminal/numbers.ts';
import { countSteps, progressOn } from '../../shared/present/terminal/progress.ts';
import { stackForTests } from '../runner/stack.ts';
import { runFuzz } from './run-fuzz.ts';

const HELP = `npm run test:fuzz -- [--records 200000] [--seed 1] [--json report.json]

Sends records that nobody should send (random bytes, mutated Avro, block-count bombs, deep nesting, wrong schema ids, broken UTF-8, broken rules) through a Kafka of its own to a
worker process. Each must become exactly one dead letter with a code and its own bytes, and the worker must not die. One in 50 is a good note, which must become one result.
The same seed makes the same records. Exit code 0: all is well; 1: not, and the problems are listed.`;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number from 1 on, not ${JSON.stringify(text)}`);
  process.exit(2);
};

if (values.help === true) console.log(HELP);
else process.exitCode = await main(wholeNumber('records', values.records), wholeNumber('seed', values.seed));

async function main(records: number, seed: number): Promise<number> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort());
  const stack = await stackForTests(interrupt.signal);
  const progress = progressOn(process.stderr)(`fuzz, seed ${seed}`);
  const steps = countSteps(progress, 'records');
  try {
    let told = 0;
    const report = await runFuzz({
      brokers: stack.env.EPEE_TEST_KAFKA_BROKERS.split(','),
      records,
      seed,
      signal: interrupt.signal,
      onProgress: ({ worked }) => {
        steps(worked - told, records);
        told = worked;
      },
    });
    progress.end();
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
    const { deadLetters, results, crashes, seconds, byCode, byKind, problems, workerMemoryMiB } = report;
    console.log(
      `${records} records, seed ${seed}, ${duration(seconds)}: ${deadLetters} dead letters, ${results} results, ${crashes} crashes`,
    );
    console.log(`sent:  ${counts(byKind)}`);
    console.log(`codes: ${counts(byCode)}`);
    console.log(`worker's memory by quarters: ${workerMemoryMiB.join(', ')} MiB`);
    for (const problem of problems) console.log(`PROBLEM: ${problem}`);
    console.log(problems.length === 0 ? 'All is well.' : `Run it again with --records ${records} --seed ${seed}.`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
