import { resolve } from 'node:path';
import { whileShown } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, watchOf } from '../context.ts';
import { dirOption, jsonOption } from '../options.ts';

interface Flags {
  readonly dir?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  epee down
  epee down --dir /tmp/my-stack`;

/** `epee down`: stops what `epee up` has started. */
export function downCommand(run: Runner): Command {
  return new Command('down')
    .description('stop Kafka and Redis; their data stays')
    .addOption(dirOption())
    .addOption(jsonOption('the names of the stopped servers'))
    .addHelpText('after', EXAMPLES)
    .action(run(down));
}

async function down(context: CliContext, { dir, json }: Flags): Promise<number> {
  const { downStack, STACK_FOLDER } = await import('@epee/stack');
  const { startProgress } = watchOf(context);
  const stopped = await whileShown(startProgress, 'Stopping Kafka and Redis', () => downStack({ dir: resolve(dir ?? STACK_FOLDER) }));
  const words = () => (stopped.length === 0 ? 'Nothing was running.' : `Stopped ${stopped.join(', ')}.`);
  printReport(context, { stopped }, { json, words });
  return 0;
}
