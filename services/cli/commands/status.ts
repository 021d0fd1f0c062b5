import { resolve } from 'node:path';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { GroupLag } from '@epee/kafka';
import type { ServerStatus } from '@epee/stack';
import { counted, tableText, widthOf } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, stackConfig } from '../context.ts';
import { dirOption, jsonOption } from '../options.ts';

interface Flags {
  readonly dir?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Without a local stack, and with EPEE_KAFKA_BROKERS: what waits on that cluster.
Exit code 0 when every server answers, 3 when one does not or none was started.

Examples:
  epee status
  epee status --json | jq '.servers[].answering'
  epee status --json | jq '.groups[] | {group, records}'`;

/** `epee status`: whether the stack that `epee up` started answers. */
export function statusCommand(run: Runner): Command {
  return new Command('status')
    .description('show whether Kafka and Redis answer, and what waits')
    .addOption(dirOption())
    .addOption(jsonOption('servers, addresses and groups'))
    .addHelpText('after', EXAMPLES)
    .action(run(status));
}

/** What waits for the groups of a cluster, without that of anybody who may not be asked. */
async function waitingFor(config: CliConfig): Promise<readonly GroupLag[]> {
  const { createKafka, groupLags } = await import('@epee/kafka');
  const { workerGroups } = await import('@epee/stream');
  const { group, topics } = config;
  return groupLags(createKafka(config.kafka), [
    ...workerGroups(`${group}.worker`, topics),
    { group: `${group}.projector`, topic: topics.results },
  ]);
}

const groupText = ({ group, topic, records, blocked }: GroupLag) =>
  `${group} on ${topic}: ${counted(records, 'record')} waiting${blocked === 0 ? '' : `, ${counted(blocked, 'offset')} behind an open transaction`}`;

async function status(context: CliContext, { dir, json }: Flags): Promise<number> {
  const { STACK_FOLDER, serverLogFile, shownPath, stackStatus } = await import('@epee/stack');
  const folder = resolve(dir ?? STACK_FOLDER);
  const found = await stackStatus(folder);
  if (found === undefined && context.env.EPEE_KAFKA_BROKERS !== undefined) {
    const groups = await waitingFor(await stackConfig(context));
    printReport(context, { kafkaBrokers: context.env.EPEE_KAFKA_BROKERS, groups }, { json, words: () => groups.map(groupText).join('\n') });
    return 0;
  }
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
  const groups = servers.every(({ answering }) => answering)
    ? await waitingFor(await stackConfig({ env: { EPEE_KAFKA_BROKERS: kafkaBrokers, ...context.env } }))
    : [];
  const words = () => [tableText(columns, rows, widthOf(context.stdout)), ...groups.map(groupText)].join('\n');
  printReport(context, { mode, dir: folder, kafkaBrokers, redisUrl, servers, groups }, { json, words });
  return servers.every(({ answering }) => answering) ? 0 : 3;
}

const stateOf = ({ answering, running }: ServerStatus) => (answering ? 'answers' : running ? 'does not answer' : 'ended');
