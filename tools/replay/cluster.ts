import { randomUUID } from 'node:crypto';
import type { CliConfig } from '@epee/config';
import { createKafka, type Kafka, type KafkaAdmin, reaching } from '@epee/kafka';

/** Kafka as a replay uses it. */
export interface Cluster {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
}

/** Works with a cluster, and leaves it. @throws EpeeError KAFKA_UNREACHABLE, and as the work */
export async function withCluster<T>({ kafka: options }: Pick<CliConfig, 'kafka'>, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const kafka = createKafka(options);
  const admin = await kafka.admin();
  try {
    return await reaching(options, () => work({ kafka, admin }));
  } finally {
    await admin.close();
  }
}

/** Where a topic's partitions end now. */
export async function endsOf(admin: KafkaAdmin, topic: string): Promise<{ partition: number; offset: string }[]> {
  const ends = (await admin.offsets(topic)).map(({ partition, high }) => ({ partition, offset: String(high) }));
  return ends.sort((one, other) => one.partition - other.partition);
}

/** Reads under a group of its own, which is deleted afterwards. */
export async function withReadingGroup<T>(admin: KafkaAdmin, read: (group: string) => Promise<T>): Promise<T> {
  const group = `epee.replay-read.${randomUUID()}`;
  try {
    return await read(group);
  } finally {
    // A group that never came to be, or whose members have not quite left, is removed by the broker
    // itself later.
    await admin.deleteGroup(group).catch(() => undefined);
  }
}
