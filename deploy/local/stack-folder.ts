import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@epee/config';
import { readStackRecord } from './stack-state.ts';

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

/**
 * Adds the addresses of the stack of `epee up` to an environment that names none: its ports may
 * differ from the default ones.
 */
export function withLocalStack(env: Environment, folder: string = STACK_FOLDER): Environment {
  const record = readStackRecord(folder);
  if (record === undefined || record.owner !== null) return env;
  return {
    ...env,
    EPEE_KAFKA_BROKERS: env.EPEE_KAFKA_BROKERS ?? record.kafkaBrokers,
    EPEE_REDIS_URL: env.EPEE_REDIS_URL ?? record.redisUrl,
  };
}
