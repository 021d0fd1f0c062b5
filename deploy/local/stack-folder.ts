import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@epee/config';
import { readStackRecord } from './stack-state.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Folder of what this program keeps on disk: stacks, logs. */
export const STATE_FOLDER = join(REPOSITORY, '.epee');

/** Folder of the stack that `epee up` starts where none is named. */
export const STACK_FOLDER = join(STATE_FOLDER, 'stack');

/** A path as a person would type it here. */
export const shownPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

/**
 * The environment with the addresses of the stack that `epee up` has started, where it names no others: another port than the usual may have been free.
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
