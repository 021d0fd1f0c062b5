import { resolve } from 'node:path';
import { EpeeError } from '@epee/errors';
import type { ServerStatus } from '@epee/stack';
import { tableText, widthOf } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner } from '../context.ts';
import { dirOption, jsonOption } from '../options.ts';

interface Flags {
  readonly dir?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Exit code 0 when every server answers, 3 when one does not or none was started.

Examples:
  epee status
  epee status --json | jq '.servers[].answering'`;

/** `epee status`: whether the stack that `epee up` started answers. */
export function statusCommand(run: Runner): Command {
  return new Command('status')
    .description('show whether Kafka and Redis answer')
    .addOption(dirOption())
    .addOption(jsonOption('servers and addresses'))
    .addHelpText('after', EXAMPLES)
    .action(run(status));
}

async function status(context: CliContext, { dir, json }: Flags): Promise<number> {
  const { STACK_FOLDER, serverLogFile, shownPath, stackStatus } = await import('@epee/stack');
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
  const logOf = (name: string) => (mode === 'compose' ? 'docker compose logs' : shownPath(serverLogFile(folder, name)));
  const rows = servers.map((server) => {
    const { name, port, pid } = server;
    return [name, String(port), mode === 'compose' ? '-' : String(pid), stateOf(server), logOf(name)];
  });
  const columns = [
    { heading: 'server' },
    { heading: 'port', align: 'right' as const },
    { heading: 'process', align: 'right' as const },
    { heading: 'state' },
    { heading: 'log', least: 20 },
  ];
  const words = () => tableText(columns, rows, widthOf(context.stdout));
  printReport(context, { mode, dir: folder, kafkaBrokers, redisUrl, servers }, { json, words });
  return servers.every(({ answering }) => answering) ? 0 : 3;
}

const stateOf = ({ answering, running }: ServerStatus) => (answering ? 'answers' : running ? 'does not answer' : 'ended');
