import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createKafka, type KafkaAdmin, type PartitionRange } from '@epee/kafka';
import type { PartitionSend } from '@epee/stream';
import { testKafkaOptions } from './worker-support/scene.ts';

describe('ranges and exclusive writers on a real broker', function () {
  this.timeout(120_000);
  const kafka = createKafka(testKafkaOptions());
  let admin: KafkaAdmin;
  let topic: string;
  before(async () => {
    admin = await kafka.admin();
  });
  after(() => admin.close());
  beforeEach(async () => {
    topic = `scan-test-${randomUUID()}`;
    await admin.ensureTopics([{ name: topic, partitions: 3, replication: 1, config: { 'max.message.bytes': '20000' } }]);
  });
  afterEach(() => admin.deleteTopics([topic]));

  const sends = (partition: number, ...values: string[]): PartitionSend => ({
    topic,
    partition,
    records: values.map((value) => ({ key: null, value: Buffer.from(value) })),
  });
  const everything = async (): Promise<PartitionRange[]> =>
    (await admin.offsets(topic)).map(({ partition, low, high }) => ({ partition, from: low, to: high }));
  const read = async (ranges: readonly PartitionRange[]) => {
    const found: string[] = [];
    await kafka.scan({
      topic,
      ranges,
      onRecords: (partition, records) => void found.push(...records.map(({ value }) => `${partition}:${value}`)),
    });
    return found.sort();
  };
  const writer = async (id: string) => {
    const made = kafka.exclusive(`${topic}-${id}`);
    await made.open();
    return made;
  };

  it('reads what is committed to the end, over markers and aborted records', async () => {
    const own = await writer('a');
    await own.write([sends(0, 'a', 'b'), sends(1, 'c')]);
    await own.write([sends(0, 'd')]);
    // Partition 1 refuses its record, so that what partition 0 and 2 have already is aborted.
    await assert.rejects(own.write([sends(0, 'x'), sends(2, 'y'), sends(1, 'z'.repeat(30_000))]), { code: 'KAFKA_OUTCOME_UNKNOWN' });
    await own.open();
    assert.deepEqual(await read(await everything()), ['0:a', '0:b', '0:d', '1:c']);
    await own.close();
  });

  it('reads no more than its ranges', async () => {
    const own = await writer('a');
    for (let turn = 0; turn < 5; turn++) await own.write([sends(0, `${turn}`, `${turn}'`), sends(1, `${turn}`)]);
    await own.close();
    // Two records and a marker a transaction.
    assert.deepEqual(await read([{ partition: 0, from: 3n, to: 7n }]), ['0:1', "0:1'", '0:2']);
    assert.deepEqual(await read([{ partition: 1, from: 0n, to: 1n }]), ['1:0']);
    assert.deepEqual(await read([{ partition: 1, from: 5n, to: 5n }]), []);
  });

  it('ends with what its reader throws', async () => {
    const own = await writer('a');
    await own.write([sends(0, 'a')]);
    await own.close();
    const onRecords = () => {
      throw new RangeError('enough');
    };
    await assert.rejects(kafka.scan({ topic, ranges: await everything(), onRecords }), { name: 'RangeError', message: 'enough' });
    await assert.rejects(kafka.scan({ topic: `${topic}-missing`, ranges: [{ partition: 0, from: 0n, to: 1n }], onRecords }), {
      code: 'KAFKA_TOPIC_MISSING',
    });
  });

  it('lets only the writer that opened last write', async () => {
    const first = await writer('a');
    const second = await writer('a');
    const other = await writer('b');
    await assert.rejects(first.write([sends(0, 'first')]), { code: 'KAFKA_FENCED' });
    await second.write([sends(0, 'second')]);
    await other.write([sends(0, 'other')]);
    assert.deepEqual(await read(await everything()), ['0:other', '0:second']);
    await assert.rejects(first.write([sends(0, 'first')]), { code: 'KAFKA_OUTCOME_UNKNOWN' }, 'it must open again');
    await first.open();
    await first.write([sends(0, 'first')]);
    assert.deepEqual(await read(await everything()), ['0:first', '0:other', '0:second']);
    for (const one of [first, second, other]) await one.close();
  });
});
