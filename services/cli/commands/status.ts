import { resolve } from 'node:path';
import { EpeeError } from '@epee/errors';
import type { CliContext, Runner } from '@epee/terminal';
import { type Column, tableHead, tableRow } from '@epee/terminal';
import { Command } from 'commander';

interface Flags {
  readonly dir?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Exit code 0 when every server answers, 3 when one does not or none was started.

Examples:
  epee status
  epee status --json | jq '.servers[].answering'`;

const COLUMNS: readonly Column[] = [
  { heading: 'server', width: 10 },
  { heading: 'port', width: 5, align: 'right' },
  { heading: 'process', width: 8, align: 'right' },
  { heading: 'state', width: 16 },
  { heading: 'log', width: 48 },
];

/** `epee status`: whether the stack that `epee up` started answers. */
export function statusCommand(run: Runner): Command {
  return new Command('status')
    .description('show whether Kafka and Redis answer')
    .option('--dir <folder>', 'folder of the stack (default: .epee/stack)')
    .option('--json', 'servers and addresses as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run(status));
}

async function status({ stdout }: CliContext, { dir, json }: Flags): Promise<number> {
  const [{ serverLogFile, stackStatus }, { STACK_FOLDER, shownPath }] = await Promise.all([import('@epee/stack'), import('@epee/stack')]);
  const folder = resolve(dir ?? STACK_FOLDER);
  const found = await stackStatus(folder);
  if (found === undefined) {
    throw new EpeeError('STACK_NOT_RUNNING', `No stack was started in ${shownPath(folder)}`, {
      stage: 'stack',
      hint: 'Start one with: epee up',
    });
  }
  const { record, servers } = found;
  const { mode, kafkaBrokers, redisUrl } = record;
  if (json) stdout.write(`${JSON.stringify({ mode, dir: folder, kafkaBrokers, redisUrl, servers })}\n`);
  else {
    const rows = servers.map(({ name, port, pid, running, answering }) => {
      const state = answering ? 'answers' : running ? 'does not answer' : 'ended';
      const compose = mode === 'compose';
      return tableRow(COLUMNS, [
        name,
        String(port),
        compose ? '-' : String(pid),
        state,
        compose ? 'docker compose logs' : shownPath(serverLogFile(folder, name)),
      ]);
    });
    stdout.write(`${[tableHead(COLUMNS), ...rows].join('\n')}\n`);
  }
  return servers.every(({ answering }) => answering) ? 0 : 3;
}
