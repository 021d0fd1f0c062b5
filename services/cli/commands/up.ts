import { resolve } from 'node:path';
import type { CliContext, Runner } from '@epee/terminal';
import { whileShown } from '@epee/terminal';
import { Command } from 'commander';

interface Flags {
  readonly dir?: string;
  readonly docker: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Kafka and Redis run in containers where a Docker daemon answers, else as plain processes (Java 17; Maven for the first start). Their data stays
when they stop. The commands of epee find this stack by themselves where EPEE_KAFKA_BROKERS and EPEE_REDIS_URL are not set.

Examples:
  epee up
  epee up --no-docker --json
  epee up --dir /tmp/my-stack`;

/** `epee up`: starts Kafka and Redis, to stay. */
export function upCommand(run: Runner): Command {
  return new Command('up')
    .description('start Kafka and Redis on this machine')
    .option('--dir <folder>', 'folder for data, logs and state (default: .epee/stack)')
    .option('--no-docker', 'plain processes even where a Docker daemon answers')
    .option('--json', 'the addresses as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run(up));
}

async function up({ stdout, stderr, signal }: CliContext, { dir, docker, json }: Flags): Promise<number> {
  const [{ upStack }, { STACK_FOLDER, shownPath }] = await Promise.all([import('@epee/stack'), import('@epee/stack')]);
  const folder = resolve(dir ?? STACK_FOLDER);
  const stack = await whileShown(stderr, 'Starting Kafka and Redis', ({ line }) =>
    upStack({ dir: folder, containers: docker ? 'auto' : 'never', onProgress: line, signal }),
  );
  const { kafkaBrokers, redisUrl, mode, alreadyRunning } = stack;
  if (json) {
    stdout.write(`${JSON.stringify({ kafkaBrokers, redisUrl, mode, dir: folder, alreadyRunning })}\n`);
    return 0;
  }
  const where = mode === 'compose' ? 'in containers' : `as plain processes, data in ${shownPath(folder)}`;
  stdout.write(
    `${alreadyRunning ? 'Already running' : 'Running'} ${where}. Stop it with: epee down${dir === undefined ? '' : ` --dir ${dir}`}\n`,
  );
  stdout.write(`  EPEE_KAFKA_BROKERS=${kafkaBrokers}\n  EPEE_REDIS_URL=${redisUrl}\n`);
  return 0;
}
