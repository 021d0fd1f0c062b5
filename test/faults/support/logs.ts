import type { KafkaAdmin } from '@epee/kafka';
import kafkajs from 'kafkajs';
import { eventually } from '../../integration/worker-support/scene.ts';
import type { ServiceProcess } from './processes.ts';

/** Deletes a topic and makes it anew, as empty as it was at first. */
export async function makeAnew(admin: KafkaAdmin, topic: string, { partitions = 1, replication = 1 } = {}): Promise<void> {
  await admin.deleteTopics([topic]);
  await eventually(`${topic} is gone`, async () => ((await admin.partitions(topic)) === null ? true : undefined));
  await eventually(`${topic} is there`, async () => {
    // A broker may not have let go of the former one.
    await admin.ensureTopics([{ name: topic, partitions, replication }]).catch(() => undefined);
    return (await admin.partitions(topic)) === partitions ? true : undefined;
  });
}

/** Deletes the records of a topic's partition 0 that come before an offset. */
export async function deleteRecords(brokers: readonly string[], topic: string, before: bigint): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await eventually(`the records before ${before} are gone`, async () => {
      const [offsets] = await admin.fetchTopicOffsets(topic);
      if (BigInt(offsets!.low) >= before) return true;
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] }).catch(() => undefined);
      return undefined;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Lines of a service's log that say that a log is not what it was. */
export const changesIn = (service: ServiceProcess): { readonly action: string; readonly count: string; readonly topic: string }[] =>
  service
    .log()
    .split('\n')
    .filter((line) => line.includes('KAFKA_LOG_CHANGED'))
    .map((line) => JSON.parse(line));

/** A counter of a service, over all its labels. */
export async function counterOf(service: ServiceProcess, name: string): Promise<number> {
  const port = /"port":(\d+)/.exec(service.log())?.[1];
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
  const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
