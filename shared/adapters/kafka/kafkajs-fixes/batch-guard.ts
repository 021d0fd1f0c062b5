import { createRequire } from 'node:module';
import { EpeeError } from '@epee/errors';
import type { RecordFailure } from '@epee/stream';
import { reasonOf } from '../client/errors.ts';

/** Records that one stored batch may have. The library spreads them over the arguments of one call, which overflows the stack at some 100,000. */
export const MAX_BATCH_RECORDS = 50_000;

/** Head of a stored batch: Kafka's record batch format, version 2 (magic 2). */
interface BatchHead {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  /** Bytes of the whole batch, head included. */
  readonly bytes: number;
  readonly attributes: number;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly records: number;
}

/** The library's cursor over a fetch's answer. */
interface LibraryDecoder {
  readonly buffer: Buffer;
  readonly offset: number;
  forward(bytes: number): void;
}

type DecodeBatch = (decoder: LibraryDecoder) => Promise<object>;

/** What the library knows of a record that could not be read; see {@link failureOf}. */
interface SubstituteMessage {
  readonly failure: RecordFailure;
}

const HEAD_BYTES = 61;
/** Head bytes that a batch's own length does not count. */
const UNCOUNTED_BYTES = 12;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Wraps the library's decoder of one stored batch. A batch that it cannot read (corrupt, over the cap of the codecs, of too many records) would end the consumer, again
 * and again, as nobody could pass it. Instead it becomes one record at the batch's last offset: its value the batch as stored, its failure the reason.
 */
export function guardBatches(decode: DecodeBatch): DecodeBatch {
  return async (decoder) => {
    const start = decoder.offset;
    const head = readHead(decoder.buffer, start);
    // What is not whole is the end of a fetch, which the library knows how to leave; markers are no records.
    if (head === null || (head.attributes & CONTROL) !== 0) return decode(decoder);
    if (head.records > MAX_BATCH_RECORDS) {
      decoder.forward(head.bytes);
      return substitute(head, decoder.buffer.subarray(start, start + head.bytes), tooMany(head));
    }
    try {
      return await decode(decoder);
    } catch (error) {
      decoder.forward(start + head.bytes - decoder.offset);
      return substitute(head, decoder.buffer.subarray(start, start + head.bytes), failureFor(head, error));
    }
  };
}

/** Why a message of the library takes the place of a batch that could not be read; `undefined` for every other. Not to be forged from outside: it is not in the bytes. */
export const failureOf = (message: object): RecordFailure | undefined => (message as Partial<SubstituteMessage>).failure;

/** Whether bytes are one whole batch as Kafka stores it: the value of a record that stood for a batch which could not be read. */
export const isStoredBatch = (bytes: Buffer): boolean => readHead(bytes, 0)?.bytes === bytes.length;

function readHead(buffer: Buffer, at: number): BatchHead | null {
  if (buffer.length - at < HEAD_BYTES || buffer[at + 16] !== 2) return null;
  const bytes = UNCOUNTED_BYTES + buffer.readInt32BE(at + 8);
  if (bytes < HEAD_BYTES || buffer.length - at < bytes) return null;
  const baseOffset = buffer.readBigInt64BE(at);
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(buffer.readInt32BE(at + 23)),
    bytes,
    attributes: buffer.readInt16BE(at + 21),
    maxTimestamp: buffer.readBigInt64BE(at + 35),
    producerId: buffer.readBigInt64BE(at + 43),
    records: buffer.readInt32BE(at + 57),
  };
}

function substitute(head: BatchHead, value: Buffer, failure: RecordFailure) {
  const batchContext = { producerId: head.producerId.toString(), inTransaction: (head.attributes & TRANSACTIONAL) !== 0 };
  const message = {
    magicByte: 2,
    attributes: 0,
    timestamp: head.maxTimestamp.toString(),
    offset: head.lastOffset.toString(),
    key: null,
    value,
    headers: {},
    isControlRecord: false,
    batchContext,
    failure,
  };
  return { ...batchContext, firstOffset: head.baseOffset.toString(), records: [message] };
}

const where = ({ baseOffset, lastOffset, records }: BatchHead) => `offsets ${baseOffset} to ${lastOffset}, ${records} records by its head`;

const tooMany = (head: BatchHead): RecordFailure => ({
  code: 'RECORD_TOO_LARGE',
  stage: 'decode',
  message: `A stored batch (${where(head)}) has more than ${MAX_BATCH_RECORDS} records`,
});

function failureFor(head: BatchHead, error: unknown): RecordFailure {
  if (error instanceof EpeeError) return { code: error.code, stage: 'decode', message: `${error.message} (${where(head)})` };
  return {
    code: 'RECORD_FRAMING_INVALID',
    stage: 'decode',
    message: `A stored batch (${where(head)}) cannot be read (${reasonOf(error)})`,
  };
}

const library = createRequire(import.meta.url);
const DECODER = 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
/** The one user of the decoder; loaded by the library with its first fetch. */
const USER = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';

let isInstalled = false;

/**
 * Puts {@link guardBatches} around the library's decoder, for the whole process. kafkajs 2.2.4 has no place for it, so the module is replaced before its user is loaded.
 * @throws EpeeError INTERNAL where that is too late: somebody fetched through the library before
 */
export function installBatchGuard(): void {
  if (isInstalled) return;
  const path = library.resolve(DECODER);
  if (library.cache[library.resolve(USER)] !== undefined)
    throw new EpeeError('INTERNAL', 'kafkajs has fetched before createKafka was called: its decoder cannot be guarded any more', {
      stage: 'config',
    });
  const decode: DecodeBatch = library(path);
  library.cache[path]!.exports = guardBatches(decode);
  isInstalled = true;
}
