import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { isRunning } from './process-identity.ts';
import { readStackRecord, type StackRecord } from './stack-state.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Folder of everything that this program keeps on disk: stacks, logs. */
export const STATE_FOLDER = join(REPOSITORY, '.epee');

/** Default folder of the stack of `epee up`. */
export const STACK_FOLDER = join(STATE_FOLDER, 'stack');

/** A path, relative to the working directory where it is inside it. */
export const shownPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

/** Options that hold the addresses of the stack. */
export type AddressName = 'EPEE_KAFKA_BROKERS' | 'EPEE_REDIS_URL';

const SERVERS = { EPEE_KAFKA_BROKERS: 'Kafka', EPEE_REDIS_URL: 'Redis' } as const;

/**
 * Adds the addresses of the stack of `epee up` to an environment that names none, as long as its
 * servers run. There is no other default: what listens on a usual port may be somebody else's.
 * @param needs addresses that must be known
 * @throws EpeeError STACK_NOT_RUNNING where one of them is not
 */
export function withLocalStack(env: Environment, needs: readonly AddressName[], folder: string = STACK_FOLDER): Environment {
  const record = readStackRecord(folder);
  const own = record === undefined || record.owner !== null ? {} : addressesOf(record);
  const found: Environment = { ...env, ...Object.fromEntries(Object.entries(own).filter(([name]) => env[name] === undefined)) };
  const missing = needs.filter((name) => found[name] === undefined);
  if (missing.length === 0) return found;
  throw new EpeeError(
    'STACK_NOT_RUNNING',
    `No address of ${missing.map((name) => SERVERS[name]).join(' and ')}: ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set, and no stack runs in ${shownPath(folder)}`,
    { stage: 'stack', details: { missing }, hint: `Start one with \`epee up\`, or set ${missing.join(' and ')}.` },
  );
}

/** Addresses of the servers that run; for containers only the daemon knows. */
function addressesOf({ mode, servers, kafkaBrokers, redisUrl }: StackRecord): Environment {
  const runs = (isMeant: (name: string) => boolean) =>
    mode === 'compose' || servers.every((server) => !isMeant(server.name) || isRunning(server));
  return {
    ...(runs((name) => name !== 'redis') ? { EPEE_KAFKA_BROKERS: kafkaBrokers } : {}),
    ...(runs((name) => name === 'redis') ? { EPEE_REDIS_URL: redisUrl } : {}),
  };
}
