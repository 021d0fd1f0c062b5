import kafkajs from 'kafkajs';
import type { KafkaLog, KafkaLogEntry } from '../types.ts';

const { logLevel } = kafkajs;

const LEVELS: Readonly<Record<number, KafkaLogEntry['level']>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
};

const FIELDS = [
  'broker',
  'clientId',
  'groupId',
  'memberId',
  'generationId',
  'topic',
  'partition',
  'nodeId',
  'retryCount',
  'retryTime',
  'duration',
];
const MESSAGE_MAX_LENGTH = 300;

/**
 * Lines that say nothing is wrong: for some milliseconds after every commit the broker answers that the transaction is still being ended, and the library asks
 * again; every refused request is logged once more by whoever sent it; and producers that failed are not used again, so their retries may be limited.
 */
const EXPECTED = [/concurrent operation on the same transaction/i, /^Response \w+\(key: /, /^Limiting retries for the idempotent producer/];

interface LibraryLine {
  readonly message?: unknown;
  readonly [field: string]: unknown;
}

/** The library's log line as one of ours: fields from a fixed list, message cut, expected conditions at debug level. */
export function toLogEntry(level: number, namespace: string, log: LibraryLine): KafkaLogEntry {
  const message = String(log.message ?? '').slice(0, MESSAGE_MAX_LENGTH);
  const fields: Record<string, string | number | boolean> = { namespace };
  for (const name of FIELDS) {
    const value = log[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
  }
  const expected = EXPECTED.some((pattern) => pattern.test(message));
  return { level: expected ? 'debug' : (LEVELS[level] ?? 'debug'), message, fields };
}

/** A log creator for kafkajs that hands its lines to `log`. */
export function logCreator(log: KafkaLog): kafkajs.logCreator {
  return () => (entry) => log(toLogEntry(entry.level, entry.namespace, entry.log));
}

const NOT_WORD = /[^A-Za-z0-9._:/@+,[\]-]+/g;

/**
 * A log line's fields as our loggers take them: words without spaces. `action` is the library's message, which is about brokers and groups alone.
 */
export function kafkaLogFields({ message, fields }: KafkaLogEntry) {
  const word = (name: string): string | undefined => (fields[name] === undefined ? undefined : String(fields[name]).replace(NOT_WORD, '_'));
  const number = (name: string): number | undefined => (typeof fields[name] === 'number' ? fields[name] : undefined);
  return {
    action: message.replace(NOT_WORD, '_').slice(0, 160),
    client: word('namespace'),
    address: word('broker'),
    group: word('groupId'),
    topic: word('topic'),
    code: word('reason'),
    partition: number('partition'),
    attempts: number('retryCount'),
    retryInMs: number('retryTime'),
  };
}

type Report = (message: 'The Kafka client reports', fields: ReturnType<typeof kafkaLogFields>) => void;

/** Writes the library's errors and warnings as warnings, its other lines as debug lines. */
export function kafkaLogTo(log: { readonly warn: Report; readonly debug: Report }): KafkaLog {
  return (entry) => {
    const report = entry.level === 'error' || entry.level === 'warn' ? log.warn : log.debug;
    report('The Kafka client reports', kafkaLogFields(entry));
  };
}
