import { EpeeError } from '@epee/errors';
import type { PartitionSend } from '@epee/stream';
import kafkajs from 'kafkajs';
import type { CompressionName } from '../types.ts';

type Sender = Pick<kafkajs.Producer, 'send'>;

const COMPRESSION: Readonly<Record<CompressionName, kafkajs.CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
};

/**
 * One send to one partition, acknowledged by all replicas. Answers the first record's offset.
 * @throws EpeeError KAFKA_SEND_FAILED when the answer does not name the partition: kafkajs can resolve although a partition whose leader moved was not written
 */
export async function sendOne(sender: Sender, { topic, partition, records }: PartitionSend, compression: CompressionName): Promise<bigint> {
  const answer = await sender.send({
    topic,
    acks: -1,
    compression: COMPRESSION[compression],
    messages: records.map(({ key, value, headers }) => ({ key, value, partition, ...(headers === undefined ? {} : { headers }) })),
  });
  const written = answer.find((entry) => entry.topicName === topic && entry.partition === partition);
  if (written?.errorCode !== 0 || written.baseOffset === undefined) {
    throw new EpeeError(
      'KAFKA_SEND_FAILED',
      `The broker did not confirm a send of ${records.length} records to ${topic}, partition ${partition}`,
      {
        stage: 'publish',
        details: { topic, partition, records: records.length },
      },
    );
  }
  return BigInt(written.baseOffset);
}

/** Sends in parallel across partitions and in order within each. Rejects with the first error, after every send has ended. */
export async function sendAll(sender: Sender, sends: readonly PartitionSend[], compression: CompressionName): Promise<void> {
  const lanes = new Map<string, PartitionSend[]>();
  for (const send of sends) {
    const name = `${send.topic}/${send.partition}`;
    lanes.set(name, [...(lanes.get(name) ?? []), send]);
  }
  const ended = await Promise.allSettled(
    [...lanes.values()].map(async (lane) => {
      for (const send of lane) await sendOne(sender, send, compression);
    }),
  );
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
