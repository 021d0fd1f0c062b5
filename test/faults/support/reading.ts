import { randomUUID } from 'node:crypto';
import type { Codec } from '@epee/avro';
import { type Kafka, type KafkaAdmin, readRanges } from '@epee/kafka';
import { DEAD_LETTER_HEADERS, type FetchedRecord, headerText } from '@epee/stream';
import { idOf } from './numbered-notes.ts';
import { type Observed, originId } from './oracle.ts';

/** A committed record with its place. */
export interface PlacedRecord extends FetchedRecord {
  readonly topic: string;
  readonly partition: number;
}

/** A reader with `read_committed` that gets each record once, whatever happens to its memberships. */
export interface Reader {
  readonly records: readonly PlacedRecord[];
  of(topic: string): PlacedRecord[];
  /** One past the last offset that was covered. */
  reached(topic: string, partition: number): bigint;
  close(): Promise<void>;
}

/** Reads topics from their beginning on, and follows them. */
export async function follow(kafka: Kafka, topics: readonly string[]): Promise<Reader> {
  const records: PlacedRecord[] = [];
  const reached = new Map<string, bigint>();
  const place = (topic: string, partition: number) => `${topic}/${partition}`;
  const consumer = await kafka.consume({
    group: `reader-${randomUUID()}`,
    topics,
    sessionTimeoutMs: 30_000,
    maxWaitMs: 200,
    async onBatch({ topic, partition, records: batch, lastOffset }, control) {
      const known = reached.get(place(topic, partition)) ?? 0n;
      // A new membership begins at the beginning.
      for (const record of batch) if (record.offset >= known) records.push({ ...record, topic, partition });
      if (lastOffset + 1n > known) reached.set(place(topic, partition), lastOffset + 1n);
      control.resolve(lastOffset + 1n);
    },
  });
  return {
    records,
    of: (topic) => records.filter((record) => record.topic === topic),
    reached: (topic, partition) => reached.get(place(topic, partition)) ?? 0n,
    close: () => consumer.stop(),
  };
}

/** Reads a topic's committed records from its beginning to its present end, by partition in the order of their offsets. */
export async function readTopic(kafka: Kafka, admin: KafkaAdmin, topic: string): Promise<PlacedRecord[]> {
  const group = `all-${randomUUID()}`;
  const records: PlacedRecord[] = [];
  await readRanges(kafka, {
    group,
    topic,
    ranges: (await admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high })),
    async onBatch({ partition, records: batch }) {
      for (const record of batch) records.push({ ...record, topic, partition });
    },
  });
  await admin.deleteGroup(group).catch(() => undefined);
  return records.sort((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
}

/** Records as the oracle takes them. @param decode reads a value; a value that it cannot read has no id */
export async function observe(
  records: readonly PlacedRecord[],
  decode: (value: Buffer | null) => Promise<{ readonly documentId: string; readonly version: bigint }>,
): Promise<Observed[]> {
  return Promise.all(
    records.map(async ({ partition, offset, value }) => {
      const read = await decode(value).catch(() => null);
      if (read === null) return { id: null, documentId: null, version: null, partition, offset };
      return { id: idOf(read), documentId: read.documentId, version: read.version, partition, offset };
    }),
  );
}

/** Origins of dead letters of the input topic. */
export const originsOf = (letters: readonly PlacedRecord[], topic: string): string[] =>
  letters
    .filter((letter) => headerText(letter, DEAD_LETTER_HEADERS.originTopic) === topic)
    .map((letter) =>
      originId(headerText(letter, DEAD_LETTER_HEADERS.originPartition) ?? '?', headerText(letter, DEAD_LETTER_HEADERS.originOffset) ?? '?'),
    );

/** Decoders of a codec, for {@link observe}. */
export const decoders = (codec: Codec) => ({
  note: (value: Buffer | null) => codec.decodeNote(value),
  result: (value: Buffer | null) => codec.decodeResult(value),
});
