import type { CliContext, Runner } from '@epee/terminal';
import { Command } from 'commander';

const EXAMPLES = `
Needs Java 17 and, for the first start, Maven. Everything runs on free ports with its data in a temporary folder, and is stopped at the end.

Examples:
  epee demo
  EPEE_POLICY=full epee demo`;

/** `epee demo`: the samples' way through everything. */
export function demoCommand(run: Runner): Command {
  return new Command('demo')
    .description('start everything, send the sample notes through it, show their results, stop everything')
    .addHelpText('after', EXAMPLES)
    .action(run(demo));
}

async function demo(context: CliContext): Promise<number> {
  const { runDemo } = await import('@epee/demo');
  return runDemo(context);
}
