import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { chooseSuites, SUITES, wrongFiles } from './choice.ts';
import { runMocha } from './run-mocha.ts';
import { stackForTests } from './stack.ts';
import { closingLine, sum, type Totals } from './totals.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXIT_CODES: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs the unit tests, then the integration tests on a Kafka and a Redis of their own, then the
 * short tests of the fault suite (which starts its own servers), and prints the totals.
 *
 * @param args the arguments after `npm test --`: mocha's options (`--grep x`) and test files
 * @returns the exit code: 0 when nothing failed, 1 otherwise, 2 for a wrong file, 128 + signal when
 * interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  const wrong = wrongFiles(args, (file) => existsSync(resolve(ROOT, file)));
  if (wrong !== null) {
    console.error(wrong);
    return 2;
  }
  const interrupt = new AbortController();
  const onSignal = (name: NodeJS.Signals) => interrupt.abort(name);
  for (const name of Object.keys(EXIT_CODES)) process.on(name, onSignal);
  try {
    const totals = await runSuites(args, interrupt.signal);
    if (interrupt.signal.aborted) return EXIT_CODES[interrupt.signal.reason as NodeJS.Signals] ?? 1;
    console.log(closingLine(totals));
    return totals.failed === 0 ? 0 : 1;
  } finally {
    for (const name of Object.keys(EXIT_CODES)) process.off(name, onSignal);
  }
}

async function runSuites(args: readonly string[], signal: AbortSignal): Promise<Totals> {
  const choice = chooseSuites(args);
  const all: Totals[] = [];
  for (const suite of SUITES) {
    const own = choice[suite];
    if (own === null || signal.aborted) continue;
    all.push(suite === 'integration' ? await runIntegration(own, signal) : await runMocha({ suite, args: own, env: {}, signal }));
  }
  return sum(all);
}

async function runIntegration(args: readonly string[], signal: AbortSignal): Promise<Totals> {
  try {
    const stack = await stackForTests(signal);
    try {
      return await runMocha({ suite: 'integration', args, env: stack.env, signal });
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (!signal.aborted) console.error(`The integration tests could not run: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  }
}
