import type { Kafka } from '@epee/kafka';
import type { TopicPartition } from '@epee/stream';
import type { Logger } from '@epee/telemetry';

/** What is looked at. */
interface Joined {
  readonly group: string;
  readonly topic: string;
  readonly partitions: readonly TopicPartition[];
}

/**
 * Warns where a group has no committed offset in partitions that hold records, and will read them
 * all: it is new there, or its offsets have expired, and results come a second time. Never rejects:
 * whoever reads on does not depend on it.
 */
export async function warnOfForgotten(kafka: Pick<Kafka, 'admin'>, { group, topic, partitions }: Joined, log: Logger): Promise<void> {
  try {
    const admin = await kafka.admin();
    try {
      const lags = await admin.lag(group, topic);
      const own = new Set(partitions.map(({ partition }) => partition));
      const forgotten = lags.filter(({ partition, committed, lag }) => own.has(partition) && committed === null && lag > 0n);
      if (forgotten.length === 0) return;
      log.warn('The group has no committed offset where there are records: it is new, or its offsets expired. All are read', {
        group,
        topic,
        partitions: forgotten.length,
        count: forgotten.reduce((sum, { lag }) => sum + lag, 0n),
      });
    } finally {
      await admin.close();
    }
  } catch (error) {
    log.debug('Could not look for forgotten offsets', { group, topic }, error);
  }
}
