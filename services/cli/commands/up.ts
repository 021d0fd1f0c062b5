import { resolve } from 'node:path';
import { whileShown } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, watchOf } from '../context.ts';
import { dirOption, jsonOption, numberOption } from '../options.ts';

interface Flags {
  readonly dir?: string;
  readonly docker: boolean;
  readonly port?: number;
  readonly redisPort?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Kafka and Redis run in containers where a Docker daemon answers, else as plain
processes (Java 17; Maven for the first start). Their data stays when they stop.
Other commands find this stack by themselves, unless EPEE_KAFKA_BROKERS and
EPEE_REDIS_URL name another one. After epee down it comes back on the same
ports, so that services that run find it again.

Examples:
  epee up
  epee up --no-docker --json
  epee up --port 19092 --redis-port 16379
  epee up --dir /tmp/my-stack`;

/** `epee up`: starts Kafka and Redis, to stay. */
export function upCommand(run: Runner): Command {
  return new Command('up')
    .description('start Kafka and Redis on this machine')
    .addOption(dirOption())
    .addOption(numberOption('--port <number>', "Kafka's port (default: the one before, else 9092 or a free one)", 65_535))
    .addOption(numberOption('--redis-port <number>', "Redis' port (default: the one before, else 6379 or a free one)", 65_535))
    .option('--no-docker', 'plain processes even where a Docker daemon answers')
    .addOption(jsonOption('the addresses'))
    .addHelpText('after', EXAMPLES)
    .action(run(up));
}

async function up(context: CliContext, { dir, docker, port: kafkaPort, redisPort, json }: Flags): Promise<number> {
  const { STACK_FOLDER, shownPath, upStack } = await import('@epee/stack');
  const folder = resolve(dir ?? STACK_FOLDER);
  const { startProgress, signal } = watchOf(context);
  const stack = await whileShown(startProgress, 'Starting Kafka and Redis', ({ line }) =>
    upStack({ dir: folder, containers: docker ? 'auto' : 'never', kafkaPort, redisPort, onProgress: line, signal }),
  );
  const { kafkaBrokers, redisUrl, mode, alreadyRunning } = stack;
  const where = mode === 'compose' ? 'in containers' : `as plain processes, data in ${shownPath(folder)}`;
  const words = () =>
    [
      `${alreadyRunning ? 'Already running' : 'Running'} ${where}`,
      `  EPEE_KAFKA_BROKERS=${kafkaBrokers}`,
      `  EPEE_REDIS_URL=${redisUrl}`,
      `To stop them: epee down${dir === undefined ? '' : ` --dir ${dir}`}`,
    ].join('\n');
  printReport(context, { kafkaBrokers, redisUrl, mode, dir: folder, alreadyRunning }, { json, words });
  return 0;
}
