import { EpeeError, type ErrorCode } from '@epee/errors';
import type { KafkaOptions } from '../types.ts';
import { errorTypes, isLoginRefused } from './library-errors.ts';

/** What a request to the cluster was for; names the resource in the message of a refusal. */
export interface Doing {
  /** As Kafka's access control calls it: Read, Write, Create, Describe, ... */
  readonly operation: string;
  readonly topic?: string;
  readonly group?: string;
  readonly transactionalId?: string;
}

const FORBIDDEN = /^(TOPIC|GROUP|TRANSACTIONAL_ID|CLUSTER|DELEGATION_TOKEN)_AUTHORIZATION_FAILED$/;
/** Answers that stay the same until a setting of the cluster, the topic or the program is changed. */
const SETTINGS: ReadonlySet<string> = new Set([
  'INVALID_CONFIG',
  'POLICY_VIOLATION',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_REPLICA_ASSIGNMENT',
  'INVALID_PARTITIONS',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_TRANSACTION_TIMEOUT',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_GROUP_ID',
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'INCONSISTENT_GROUP_PROTOCOL',
  'OFFSET_METADATA_TOO_LARGE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);

/**
 * A lasting refusal of the brokers: KAFKA_FORBIDDEN, KAFKA_LOGIN_REFUSED or KAFKA_CONFIG_REFUSED, with operation, resource and principal; null for every other error.
 */
export function refusalOf(options: Pick<KafkaOptions, 'sasl'>, error: unknown, doing: Doing): EpeeError | null {
  const principal = `User:${options.sasl?.username ?? 'ANONYMOUS'}`;
  const types = errorTypes(error);
  const forbidden = types.map((type) => FORBIDDEN.exec(type)?.[1]).find((kind) => kind !== undefined);
  if (forbidden !== undefined) return forbiddenTo(principal, { ...doing, kind: forbidden }, error);
  if (isLoginRefused(error)) return loginRefused(principal, error);
  const setting = types.find((type) => SETTINGS.has(type));
  return setting === undefined ? null : configRefused(principal, doing, { reason: setting, cause: error });
}

const KINDS: Readonly<Record<string, (doing: Doing) => string>> = {
  TOPIC: ({ topic }) => `topic ${topic ?? '(unnamed)'}`,
  GROUP: ({ group }) => `group ${group ?? '(unnamed)'}`,
  TRANSACTIONAL_ID: ({ transactionalId }) => `transactional id ${transactionalId ?? '(unnamed)'}`,
};

function forbiddenTo(principal: string, doing: Doing & { readonly kind: string }, cause: unknown): EpeeError {
  const { operation } = doing;
  const resource = KINDS[doing.kind]?.(doing) ?? 'the cluster';
  return refusal('KAFKA_FORBIDDEN', `${principal} has no right to ${operation} on ${resource}`, {
    details: { operation, resource, principal, reason: `${doing.kind}_AUTHORIZATION_FAILED` },
    hint: `Grant it, for example with kafka-acls --add --allow-principal ${principal}; docs/OPERATIONS.md lists the rights of each service.`,
    cause,
  });
}

const loginRefused = (principal: string, cause: unknown): EpeeError =>
  refusal('KAFKA_LOGIN_REFUSED', `The brokers refuse the account ${principal}`, {
    details: { operation: 'Login', resource: 'the cluster', principal, reason: 'SASL_AUTHENTICATION_FAILED' },
    hint: 'Check EPEE_KAFKA_SASL_MECHANISM, EPEE_KAFKA_SASL_USERNAME and the password in EPEE_KAFKA_SASL_PASSWORD_FILE.',
    cause,
  });

function configRefused(
  principal: string,
  doing: Doing,
  { reason, cause }: { readonly reason: string; readonly cause: unknown },
): EpeeError {
  const { operation, topic, group, transactionalId } = doing;
  const kind = topic !== undefined ? 'TOPIC' : group !== undefined ? 'GROUP' : transactionalId !== undefined ? 'TRANSACTIONAL_ID' : '';
  const resource = KINDS[kind]?.(doing) ?? 'the cluster';
  return refusal('KAFKA_CONFIG_REFUSED', `The brokers refuse ${operation} on ${resource}: ${reason}`, {
    details: { operation, resource, principal, reason },
    hint: 'Correct the setting that the reason names, on the topic, on the brokers or in the configuration of this program.',
    cause,
  });
}

const refusal = (
  code: ErrorCode,
  message: string,
  more: { readonly details: Readonly<Record<string, string>>; readonly hint: string; readonly cause: unknown },
) => new EpeeError(code, message, { stage: 'config', ...more });
