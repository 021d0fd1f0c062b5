import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { createKafka } from '@epee/kafka';
import fc from 'fast-check';
import type kafkajs from 'kafkajs';
import { toBatch } from '../../../../shared/adapters/kafka/consuming/batches.ts';
import { guardBatches, isStoredBatch, MAX_BATCH_RECORDS } from '../../../../shared/adapters/kafka/kafkajs-fixes/batch-guard.ts';
import { MAX_DECOMPRESSED_BYTES } from '../../../../shared/adapters/kafka/kafkajs-fixes/codecs/cap.ts';

const library = createRequire(import.meta.url);
const GZIP = 1;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

interface BatchPlan {
  readonly base: bigint;
  readonly records: number;
  readonly attributes?: number;
  readonly body: Buffer;
}

/** A stored batch: Kafka's record batch format, version 2. */
function stored({ base, records, attributes = GZIP, body }: BatchPlan): Buffer {
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(base, 0);
  head.writeInt32BE(49 + body.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(records - 1, 23);
  head.writeBigInt64BE(1000n, 27);
  head.writeBigInt64BE(2000n, 35);
  head.writeBigInt64BE(77n, 43);
  head.writeInt32BE(records, 57);
  return Buffer.concat([head, body]);
}

/** Bodies of records without key, each with one byte as its value. */
const records = (values: string) =>
  Buffer.concat([...values].map((value, at) => Buffer.from([2 * 7, 0, 0, 2 * at, 1, 2, value.charCodeAt(0), 0])));
const good = (base: bigint, values: string) => stored({ base, records: values.length, body: gzipSync(records(values)) });

/** What a fetch's answer of these batches becomes, by the library's own code, as a consumer gets it. */
async function fetched(batches: readonly Buffer[], from = 0n, abortedTransactions: readonly object[] = []) {
  createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test', tls: null, sasl: null });
  const Decoder = library('kafkajs/src/protocol/decoder.js');
  const decodeMessages = library('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js');
  const Batch = library('kafkajs/src/consumer/batch.js');
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  const messages = await decodeMessages(new Decoder(Buffer.concat([size, bytes])));
  const batch = new Batch('notes', from.toString(), { partition: 0, highWatermark: '1000', messages, abortedTransactions });
  return toBatch(batch as kafkajs.Batch, 1);
}

describe('batch guard', () => {
  it('leaves good batches and the cut end of a fetch as they are', async () => {
    const { records: read, lastOffset } = await fetched([good(5n, 'ab'), good(7n, 'c'), good(8n, 'd').subarray(0, 65)]);
    assert.deepEqual(
      read.map(({ offset, value, failure }) => [offset, String(value), failure]),
      [
        [5n, 'a', undefined],
        [6n, 'b', undefined],
        [7n, 'c', undefined],
      ],
    );
    assert.equal(lastOffset, 7n);
  });

  it('turns a batch over the cap into one record that can be passed, the batch as its value', async () => {
    const bomb = stored({ base: 7n, records: 3, body: gzipSync(Buffer.alloc(MAX_DECOMPRESSED_BYTES + 1), { level: 1 }) });
    const { records: read, lastOffset } = await fetched([good(5n, 'ab'), bomb, good(10n, 'c')]);
    assert.deepEqual(
      read.map(({ offset, failure }) => [offset, failure?.code]),
      [
        [5n, undefined],
        [6n, undefined],
        [9n, 'RECORD_TOO_LARGE'],
        [10n, undefined],
      ],
    );
    assert.ok(read[2]!.value!.equals(bomb));
    assert.match(read[2]!.failure!.message, /gzip.*67108864.*offsets 7 to 9, 3 records/);
    assert.equal(lastOffset, 10n);
  });

  it('passes corrupt batches of every kind, also where a fetch begins in the middle of one', async () => {
    const corrupt = [
      stored({ base: 0n, records: 2, body: Buffer.from('junk') }),
      stored({ base: 0n, records: 2, body: gzipSync(Buffer.from('junk')) }),
      stored({ base: 0n, records: 2, body: gzipSync(records('a')) }),
      stored({ base: 0n, records: 2, attributes: 5, body: Buffer.from('a codec that nobody knows') }),
      stored({ base: 0n, records: MAX_BATCH_RECORDS + 1, attributes: 0, body: Buffer.alloc(10) }),
    ];
    for (const batch of corrupt) {
      const { records: read } = await fetched([batch, good(100_000n, 'z')], 1n);
      assert.equal(read.length, 2);
      assert.ok(['RECORD_FRAMING_INVALID', 'RECORD_TOO_LARGE'].includes(read[0]!.failure!.code));
      assert.equal(String(read[1]!.value), 'z');
    }
  });

  it('never throws on whole batches of any bytes, and never repeats their content', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 4 }),
        async (bytes, count, codec) => {
          const body = Buffer.concat([Buffer.from('Agneta'), Buffer.from(bytes)]);
          const { records: read } = await fetched([stored({ base: 3n, records: count, attributes: codec, body }), good(50n, 'z')]);
          assert.equal(String(read.at(-1)!.value), 'z');
          for (const { failure } of read) assert.ok(failure === undefined || !failure.message.includes('Agneta'));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaves out what an aborted transaction wrote, unread', async () => {
    const attributes = GZIP | TRANSACTIONAL;
    const aborted = stored({ base: 4n, records: 1, attributes, body: Buffer.from('junk') });
    const { records: read } = await fetched([aborted, good(5n, 'z')], 0n, [{ producerId: '77', firstOffset: '4' }]);
    assert.deepEqual(
      read.map(({ offset }) => offset),
      [5n],
    );
  });

  it('knows a stored batch from the value of a record', () => {
    assert.ok(isStoredBatch(good(4n, 'ab')));
    assert.ok(!isStoredBatch(good(4n, 'ab').subarray(1)));
    assert.ok(!isStoredBatch(Buffer.concat([good(4n, 'ab'), Buffer.alloc(1)])));
    assert.ok(!isStoredBatch(Buffer.alloc(61)));
  });

  it('hides no trouble with markers', async () => {
    const failing = guardBatches(async () => {
      throw new Error('marker');
    });
    const buffer = stored({ base: 0n, records: 1, attributes: CONTROL, body: Buffer.alloc(4) });
    await assert.rejects(failing({ buffer, offset: 0, forward() {} }), /marker/);
  });
});
