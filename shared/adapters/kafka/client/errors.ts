import { EpeeError } from '@epee/errors';
import type { KafkaOptions } from '../types.ts';
import { causes, errorTypes, isLoginRefused } from './library-errors.ts';
import { type Doing, refusalOf } from './refusals.ts';

const REBALANCE = new Set(['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'TRANSACTION_COORDINATOR_FENCED']);

const hasType = (types: ReadonlySet<string>) => (error: unknown) =>
  causes(error).some(({ type }) => typeof type === 'string' && types.has(type));

/** Whether an error means that the group is rebalancing or this member has been put out of it. */
export const isRebalance = hasType(REBALANCE);

/** Whether an error means that another producer with the same transactional id has taken over. */
export const isFenced = hasType(FENCED);

const hasLibraryCause = (error: unknown): boolean =>
  causes(error).some(({ name }) => typeof name === 'string' && name.startsWith('KafkaJS'));

/** Whether an error is one of the client library (network, protocol). One of ours is not, whatever caused it: it says already what is to be said. */
export const isLibraryError = (error: unknown): boolean => !(error instanceof EpeeError) && hasLibraryCause(error);

/** Whether connecting again may cure an error: everything from the library but refusals ({@link refusalOf}) and unsupported features. */
export function isPassing(error: unknown): error is Error {
  if (!hasLibraryCause(error) || isLoginRefused(error) || causes(error).some(({ name }) => name === 'KafkaJSNotImplemented')) return false;
  return !errorTypes(error).some((type) => /UNSUPPORTED/.test(type)) && refusalOf({ sasl: null }, error, { operation: '' }) === null;
}

/** The first error of ours in a chain of causes: one that arose inside the library's calls, for example in a codec. */
export const ownCause = (error: unknown): EpeeError | null =>
  causes(error).find((cause): cause is EpeeError => cause instanceof EpeeError) ?? null;

/** A short name of what went wrong, for messages and logs: the protocol's error type, the system's code or the error's name; never its message. */
export function reasonOf(error: unknown): string {
  const chain = causes(error);
  for (const cause of chain) {
    if (cause instanceof EpeeError) continue;
    const { type, code } = cause;
    if (typeof type === 'string') return type;
    if (typeof code === 'string') return code;
  }
  const name = chain.at(-1)?.name;
  return typeof name === 'string' ? name : 'unknown';
}

/** KAFKA_UNREACHABLE, naming the brokers. */
export function unreachable(brokers: readonly string[], cause: unknown): EpeeError {
  return new EpeeError('KAFKA_UNREACHABLE', `No Kafka broker of EPEE_KAFKA_BROKERS=${brokers.join(',')} can be used (${reasonOf(cause)})`, {
    stage: 'config',
    details: { brokers, reason: reasonOf(cause) },
    hint: 'Check that Kafka runs at this address and that TLS and SASL settings fit; `epee up` starts a local one.',
    cause,
  });
}

/** A cluster's brokers and the account that is used there. */
export type ClusterAccount = Pick<KafkaOptions, 'brokers' | 'sasl'>;

/** What an error of the library means: a refusal ({@link refusalOf}), or KAFKA_UNREACHABLE. An error of ours stays as it is. */
export function clusterError({ brokers, sasl }: ClusterAccount, error: unknown, doing: Doing): EpeeError {
  return ownCause(error) ?? refusalOf({ sasl }, error, doing) ?? unreachable(brokers, error);
}

/**
 * Does work with a cluster; errors of the client library come out as {@link clusterError} has them, others (ours with one of the library as their cause among them) as
 * they are.
 */
export async function reaching<T>(cluster: ClusterAccount, work: () => Promise<T>, doing: Doing = { operation: 'Describe' }): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isLibraryError(error) ? clusterError(cluster, error, doing) : error;
  }
}

/** KAFKA_TOPIC_MISSING. */
export function topicMissing(topic: string): EpeeError {
  return new EpeeError('KAFKA_TOPIC_MISSING', `Topic ${topic} does not exist`, {
    stage: 'config',
    details: { topic },
    hint: 'Create it, or let a service with the right to create topics start first.',
  });
}

/** KAFKA_LOG_CHANGED, for a reader that cannot resume elsewhere. */
export function logChanged(topic: string): EpeeError {
  return new EpeeError('KAFKA_LOG_CHANGED', `Topic ${topic} was deleted and made anew, or lost its end, while it was read`, {
    stage: 'read',
    details: { topic },
    hint: 'Run the command again: it then reads what the topic holds now.',
  });
}
