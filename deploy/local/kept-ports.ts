import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { findFreePorts } from './ports.ts';
import type { StackRecord } from './stack-state.ts';

/** Ports of a stack: of its first broker, and of Redis. */
export interface StackPorts {
  readonly kafkaPort: number;
  readonly redisPort: number;
}

/** What is asked of the ports; undefined: those that the stack had, else the usual ones. */
export type WantedPorts = { readonly [K in keyof StackPorts]?: number | undefined };

const USUAL: StackPorts = { kafkaPort: 9092, redisPort: 6379 };
const FILE = 'ports.json';

/** Ports that a stack in a folder has had; none where it was never started. */
function readKept(dir: string): WantedPorts {
  try {
    const { kafkaPort, redisPort } = JSON.parse(readFileSync(join(dir, FILE), 'utf8'));
    return { kafkaPort, redisPort };
  } catch {
    return {};
  }
}

/** Keeps the ports of a stack beyond `epee down`, so that running services find it again. */
export function keepPorts(dir: string, { servers }: Pick<StackRecord, 'servers'>): void {
  const portOf = (isMeant: (name: string) => boolean) => servers.find(({ name }) => isMeant(name))?.port;
  const ports = { kafkaPort: portOf((name) => name !== 'redis'), redisPort: portOf((name) => name === 'redis') };
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, FILE), `${JSON.stringify(ports)}\n`);
}

/**
 * Chooses the ports of a stack. One that was asked for, or that the stack had before, is not replaced by another: running services
 * would look for the stack where somebody else answers. At the first start a usual port that is taken is replaced.
 * @throws EpeeError STACK_START_FAILED where such a port is taken
 */
export async function choosePorts(dir: string, wanted: WantedPorts): Promise<StackPorts> {
  const kept = readKept(dir);
  const ports: Record<keyof StackPorts, number> = { ...USUAL };
  for (const [name, flag] of [
    ['kafkaPort', '--port'],
    ['redisPort', '--redis-port'],
  ] as const) {
    const port = wanted[name] ?? kept[name];
    if (port !== undefined) ports[name] = port;
    if (port === undefined || port === 0) continue;
    if ((await findFreePorts([port]))[0] !== port) throw taken(port, flag, wanted[name] === undefined);
  }
  return ports;
}

/** Refuses another port for a stack that runs. @throws EpeeError STACK_START_FAILED */
export function demandSamePorts({ servers }: Pick<StackRecord, 'servers'>, { kafkaPort, redisPort }: WantedPorts): void {
  for (const [port, isMeant] of [
    [kafkaPort, (name: string) => name !== 'redis'],
    [redisPort, (name: string) => name === 'redis'],
  ] as const) {
    const server = servers.find(({ name }) => isMeant(name));
    if (port === undefined || port === 0 || server === undefined || server.port === port) continue;
    throw new EpeeError('STACK_START_FAILED', `The stack runs already, with ${server.name} on port ${server.port} instead of ${port}`, {
      stage: 'stack',
      hint: 'Stop it first: epee down',
    });
  }
}

const taken = (port: number, flag: string, isKept: boolean) =>
  new EpeeError(
    'STACK_START_FAILED',
    `Port ${port}, ${isKept ? 'which this stack had before,' : 'which was asked for,'} is taken by another program`,
    {
      stage: 'stack',
      details: { port },
      hint: `End that program, or choose another port: epee up ${flag} NUMBER. Services that run must then be started again.`,
    },
  );
