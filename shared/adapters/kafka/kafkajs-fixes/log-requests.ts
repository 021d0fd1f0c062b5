import { createRequire } from 'node:module';
import type { Offset } from '@epee/stream';

/** The library's writer of a request's bytes. */
interface Encoder {
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeString(value: string): Encoder;
  writeArray(items: readonly Encoder[]): Encoder;
  /** Of the flexible versions: text and lists with their length plus 1; without a value the length 0, which is also an empty list of tagged fields. */
  writeUVarIntString(value: string): Encoder;
  writeUVarIntArray(items: readonly Encoder[]): Encoder;
  writeUVarIntBytes(): Encoder;
  writeBufferInternal(bytes: Buffer): void;
}

/** The library's reader of an answer's bytes. */
interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readBoolean(): boolean;
  readString(): string;
  readBytes(length: number): Buffer;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[] | null;
  readTaggedFields(): unknown;
}

/** A request as the library's connections send it. */
interface ProtocolRequest<T> {
  readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<Encoder> };
  readonly response: { decode(raw: unknown): Promise<T>; parse(decoded: T): Promise<T> };
}

/** What is needed of the library's broker. */
export interface LibraryBroker {
  readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
}

const library = createRequire(import.meta.url);
const createEncoder: () => Encoder = () => new (library('kafkajs/src/protocol/encoder.js'))();
const createDecoder: (raw: unknown) => Decoder = (raw) => new (library('kafkajs/src/protocol/decoder.js'))(raw);
const errorOf: (code: number) => Error = (code) => library('kafkajs/src/protocol/error.js').createErrorFromCode(code);

const METADATA = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' };
const OFFSET_FOR_LEADER_EPOCH = { apiKey: 23, apiVersion: 3, apiName: 'OffsetForLeaderEpoch' };
const ID_BYTES = 16;
const INT32 = (decoder: Decoder) => decoder.readInt32();

/** What a broker says of a topic. */
interface TopicEntry {
  readonly error: number;
  readonly name: string;
  readonly id: string;
}

/**
 * The ids of topics as a broker knows them, 32 hex digits each; null where it is too old to tell
 * (before Kafka 3.1). The library's own request of metadata is of a version without ids.
 * @throws the library's error where a topic is not there (any more)
 * @see https://kafka.apache.org/protocol#The_Messages_Metadata (version 12)
 */
export async function topicIds(
  { connectionPool, versions }: LibraryBroker,
  topics: readonly string[],
): Promise<Map<string, string> | null> {
  if ((versions?.[METADATA.apiKey]?.maxVersion ?? 0) < METADATA.apiVersion) return null;
  const entries = await connectionPool.send(metadataRequest(topics));
  const failed = entries.find(({ error }) => error !== 0);
  if (failed !== undefined) throw errorOf(failed.error);
  return new Map(entries.map(({ name, id }) => [name, id]));
}

function metadataRequest(topics: readonly string[]): ProtocolRequest<readonly TopicEntry[]> {
  return {
    request: {
      ...METADATA,
      encode: async () => {
        const named = topics.map((name) => {
          const topic = createEncoder();
          topic.writeBufferInternal(Buffer.alloc(ID_BYTES));
          return topic.writeUVarIntString(name).writeUVarIntBytes();
        });
        return createEncoder().writeUVarIntBytes().writeUVarIntArray(named).writeBoolean(false).writeBoolean(false).writeUVarIntBytes();
      },
    },
    response: { decode: async (raw) => readMetadata(createDecoder(raw)), parse: async (entries) => entries },
  };
}

function readMetadata(decoder: Decoder): readonly TopicEntry[] {
  decoder.readTaggedFields();
  decoder.readInt32();
  decoder.readUVarIntArray(skipBroker);
  decoder.readUVarIntString();
  decoder.readInt32();
  return decoder.readUVarIntArray(readTopic) ?? [];
}

function skipBroker(decoder: Decoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

function readTopic(decoder: Decoder): TopicEntry {
  const error = decoder.readInt16();
  const name = decoder.readUVarIntString() ?? '';
  const id = decoder.readBytes(ID_BYTES).toString('hex');
  decoder.readBoolean();
  decoder.readUVarIntArray(skipPartition);
  decoder.readInt32();
  decoder.readTaggedFields();
  return { error, name, id };
}

function skipPartition(decoder: Decoder): void {
  decoder.readInt16();
  decoder.readInt32();
  decoder.readInt32();
  decoder.readInt32();
  for (let list = 0; list < 3; list++) decoder.readUVarIntArray(INT32);
  decoder.readTaggedFields();
}

/**
 * One past the last offset that a partition's log has of a leader epoch and those before it; null
 * where the broker does not know. Only the partition's leader answers.
 * @throws the library's error where the broker refuses
 * @see https://kafka.apache.org/protocol#The_Messages_OffsetForLeaderEpoch (version 3), KIP-320
 */
export async function endOfEpoch(
  { connectionPool, versions }: LibraryBroker,
  { topic, partition, epoch }: { readonly topic: string; readonly partition: number; readonly epoch: number },
): Promise<Offset | null> {
  const { apiKey, apiVersion } = OFFSET_FOR_LEADER_EPOCH;
  if ((versions?.[apiKey]?.maxVersion ?? 0) < apiVersion) return null;
  const { error, end } = await connectionPool.send(epochRequest(topic, partition, epoch));
  if (error !== 0) throw errorOf(error);
  return end < 0n ? null : end;
}

interface EpochEnd {
  readonly error: number;
  readonly end: Offset;
}

const CONSUMER = -1;
const ANY_EPOCH = -1;

function epochRequest(topic: string, partition: number, epoch: number): ProtocolRequest<EpochEnd> {
  return {
    request: {
      ...OFFSET_FOR_LEADER_EPOCH,
      encode: async () => {
        const asked = createEncoder().writeInt32(partition).writeInt32(ANY_EPOCH).writeInt32(epoch);
        return createEncoder()
          .writeInt32(CONSUMER)
          .writeArray([createEncoder().writeString(topic).writeArray([asked])]);
      },
    },
    response: { decode: async (raw) => readEpochEnd(createDecoder(raw)), parse: async (end) => end },
  };
}

function readEpochEnd(decoder: Decoder): EpochEnd {
  decoder.readInt32();
  const [topic] = decoder.readArray((each) => {
    each.readString();
    return each.readArray((partition) => {
      const error = partition.readInt16();
      partition.readInt32();
      partition.readInt32();
      return { error, end: BigInt(partition.readInt64().toString()) };
    });
  });
  return topic?.[0] ?? { error: 0, end: -1n };
}
