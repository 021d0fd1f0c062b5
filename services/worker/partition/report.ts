import { LOG_CHANGES, type LogFate, type TopicPartition } from '@epee/stream';
import type { Output } from '../prepare/outputs.ts';
import type { Partition, Passage } from './passage.ts';

/** Counts what a committed sub-batch wrote, and logs its dead letters. */
export function reportOutput({ batch, metrics, log }: Passage, { prepared }: Output): void {
  const { topic, partition } = batch;
  for (const entry of prepared) {
    if ('result' in entry) {
      metrics.result(entry.result);
      continue;
    }
    const { code, stage } = entry.failure;
    metrics.deadLetter(entry.failure);
    log.warn('A record went to the dead letters', { topic, partition, offset: entry.record.offset, code, stage });
  }
}

/** Counts and logs, once, that a log is not what it was. */
export function reportLogChange(
  { metrics, log }: Pick<Partition, 'metrics' | 'log'>,
  { topic, partition }: TopicPartition,
  fate: LogFate,
): void {
  metrics.logChanged({ topic, partition }, fate);
  log.error(LOG_CHANGES[fate.change], {
    topic,
    partition,
    code: 'KAFKA_LOG_CHANGED',
    action: fate.change,
    offset: fate.resumeAt,
    count: fate.lost,
  });
}
