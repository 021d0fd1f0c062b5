import { resolve } from 'node:path';
import type { CliContext, Runner } from '@epee/terminal';
import { whileShown } from '@epee/terminal';
import { Command } from 'commander';

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
    .option('--dir <folder>', 'folder of the stack (default: .epee/stack)')
    .option('--json', 'the names of the stopped servers as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run(down));
}

async function down({ stdout, stderr }: CliContext, { dir, json }: Flags): Promise<number> {
  const [{ downStack }, { STACK_FOLDER }] = await Promise.all([import('@epee/stack'), import('@epee/stack')]);
  const stopped = await whileShown(stderr, 'Stopping Kafka and Redis', () => downStack({ dir: resolve(dir ?? STACK_FOLDER) }));
  if (json) stdout.write(`${JSON.stringify({ stopped })}\n`);
  else stdout.write(stopped.length === 0 ? 'Nothing was running.\n' : `Stopped ${stopped.join(', ')}.\n`);
  return 0;
}
