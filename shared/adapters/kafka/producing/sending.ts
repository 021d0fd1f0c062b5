import { EpeeError } from '@epee/errors';
import { type PartitionSend, recordBytes } from '@epee/stream';
import kafkajs from 'kafkajs';
import { errorTypes } from '../client/library-errors.ts';
import { refusalOf } from '../client/refusals.ts';
import type { CompressionName, KafkaOptions } from '../types.ts';
import { writeInParts } from './in-parts.ts';

type Sender = Pick<kafkajs.Producer, 'send'>;
type SendOptions = Pick<KafkaOptions, 'sasl' | 'compression'>;

const COMPRESSION: Readonly<Record<CompressionName, kafkajs.CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
};
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Whether a topic refused the size of a send: nothing of it was written. */
export const isTooLarge = (error: unknown): boolean => errorTypes(error).some((type) => TOO_LARGE.has(type));

/**
 * One send to one partition, acknowledged by all replicas. Answers the first record's offset.
 * @throws EpeeError refusals of the brokers; RECORD_TOO_LARGE for a single record; KAFKA_SEND_FAILED when the answer does not name the partition: kafkajs can resolve
 * although a partition whose leader moved was not written
 */
export async function sendOne(sender: Sender, send: PartitionSend, options: SendOptions): Promise<bigint> {
  const { topic, partition, records } = send;
  const request = {
    topic,
    acks: -1,
    compression: COMPRESSION[options.compression ?? 'none'],
    messages: records.map(({ key, value, headers }) => ({ key, value, partition, ...(headers === undefined ? {} : { headers }) })),
  };
  const answer = await sender.send(request).catch((error) => {
    throw refused(error, send, options) ?? error;
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

/** What the topic itself refused; null: it did not, or only the owner of the transaction can name what was refused. */
function refused(error: unknown, { topic, records }: PartitionSend, options: SendOptions): EpeeError | null {
  if (isTooLarge(error))
    return records.length === 1 ? recordTooLarge({ topic, bytes: recordBytes(records[0]!), maxBytes: null }, error) : null;
  if (errorTypes(error).includes('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')) return null;
  return refusalOf(options, error, { operation: 'Write', topic });
}

/** RECORD_TOO_LARGE of a topic. @param maxBytes what it takes, null where it does not tell */
export function recordTooLarge(
  { topic, bytes, maxBytes }: { readonly topic: string; readonly bytes: number; readonly maxBytes: number | null },
  cause?: unknown,
): EpeeError {
  const limit = maxBytes === null ? 'which its max.message.bytes does not allow' : `but it takes at most ${maxBytes}`;
  return new EpeeError('RECORD_TOO_LARGE', `A record for topic ${topic} has ${bytes} bytes, ${limit}`, {
    stage: 'publish',
    details: { topic, bytes, reason: 'MESSAGE_TOO_LARGE', ...(maxBytes === null ? {} : { maxBytes }) },
    hint: 'Send less in one record, or raise max.message.bytes of the topic.',
    cause,
  });
}

/**
 * Sends in parallel across partitions and in order within each; what a topic refuses as too large goes in parts. Rejects with the first error, after every send has ended.
 */
export async function sendAll(sender: Sender, sends: readonly PartitionSend[], options: SendOptions): Promise<void> {
  const lanes = new Map<string, PartitionSend[]>();
  for (const send of sends) {
    const name = `${send.topic}/${send.partition}`;
    lanes.set(name, [...(lanes.get(name) ?? []), send]);
  }
  const write = (send: PartitionSend) => sendOne(sender, send, options);
  const ended = await Promise.allSettled(
    [...lanes.values()].map(async (lane) => {
      for (const send of lane) await writeInParts(send, { write, isTooLarge });
    }),
  );
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
