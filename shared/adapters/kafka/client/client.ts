import type { ConnectionOptions } from 'node:tls';
import kafkajs from 'kafkajs';
import type { KafkaOptions } from '../types.ts';
import { logCreator } from './log-adapter.ts';

const CONNECT_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 20_000;

/** A kafkajs client for a cluster. Each has its own cache of committed offsets, which a transaction writes before it is committed: never share one. */
export function createClient(options: KafkaOptions, retry: kafkajs.RetryOptions): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    authenticationTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: logCreator(options.log ?? (() => {})),
    ...(options.tls === null ? {} : { ssl: tlsOptions(options.tls.ca) }),
    ...(options.sasl === null ? {} : { sasl: saslOptions(options.sasl) }),
  });
}

const tlsOptions = (ca: string | null): ConnectionOptions | true => (ca === null ? true : { ca: [ca] });

function saslOptions({ mechanism, username, password }: NonNullable<KafkaOptions['sasl']>): kafkajs.SASLOptions {
  if (mechanism === 'plain') return { mechanism, username, password };
  if (mechanism === 'scram-sha-256') return { mechanism, username, password };
  return { mechanism, username, password };
}
