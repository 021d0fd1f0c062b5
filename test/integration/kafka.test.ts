import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createKafka, type Kafka, type KafkaAdmin, type KafkaLogEntry } from '@epee/kafka';
import { type FetchedRecord, partitionForKey } from '@epee/stream';
import { eventually, testKafkaOptions } from './worker-support/scene.ts';

describe('Kafka port on a real broker', () => {
  const log: KafkaLogEntry[] = [];
  let kafka: Kafka;
  let admin: KafkaAdmin;
  let topic: string;

  before(async () => {
    kafka = createKafka({ ...testKafkaOptions(), log: (entry) => log.push(entry) });
    admin = await kafka.admin();
  });

  beforeEach(async () => {
    topic = `port-${randomUUID()}`;
    await admin.ensureTopics([{ name: topic, partitions: 3, replication: 1 }]);
  });

  afterEach(() => admin.deleteTopics([topic]));
  after(() => admin?.close());

  /** Reads the first `count` committed records of the topic. */
  async function read(count: number, onBatchOnce?: (records: readonly FetchedRecord[]) => void): Promise<FetchedRecord[]> {
    const records: FetchedRecord[] = [];
    const consumer = await kafka.consume({
      group: `read-${randomUUID()}`,
      topics: [topic],
      sessionTimeoutMs: 10_000,
      maxWaitMs: 100,
      async onBatch(batch, control) {
        onBatchOnce?.(batch.records);
        records.push(...batch.records);
        control.resolve(batch.lastOffset + 1n);
      },
    });
    try {
      await Promise.race([eventually(`${count} records`, () => (records.length >= count ? true : undefined), 20_000), consumer.done]);
    } finally {
      await consumer.stop();
    }
    return records;
  }

  it('says within seconds which brokers cannot be reached', async () => {
    const nowhere = createKafka({ ...testKafkaOptions(), brokers: ['127.0.0.1:1', '127.0.0.1:2'] });
    await assert.rejects(nowhere.checkReachable(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'KAFKA_UNREACHABLE');
      assert.match(error.message, /127\.0\.0\.1:1,127\.0\.0\.1:2/);
      return true;
    });
    await assert.rejects(nowhere.producer(), { code: 'KAFKA_UNREACHABLE' });
    await assert.rejects(nowhere.consume({ group: 'g', topics: ['t'], sessionTimeoutMs: 10_000, onBatch: async () => {} }), {
      code: 'KAFKA_UNREACHABLE',
    });
  });

  it('reads back what it wrote, in the partition of its key, with headers, nulls and bytes as they were', async () => {
    const producer = await kafka.producer();
    const bytes = Buffer.from([0, 255, 1, 254]);
    const records = [
      { key: 'doc-1', value: bytes, headers: { 'epee-policy': 'fast' } },
      { key: 'doc-2', value: null },
      { key: null, value: bytes },
    ];
    const positions = await producer.send(topic, records);
    await producer.close();
    assert.deepEqual(positions.map(({ partition }) => partition).slice(0, 2), [partitionForKey('doc-1', 3), partitionForKey('doc-2', 3)]);
    const seen = await read(3);
    const byKey = new Map(seen.map((record) => [record.key === null ? null : String(record.key), record]));
    assert.deepEqual(byKey.get('doc-1')?.value, bytes);
    assert.deepEqual(byKey.get('doc-1')?.headers, { 'epee-policy': Buffer.from('fast') });
    assert.equal(byKey.get('doc-2')?.value, null);
    assert.deepEqual(byKey.get(null)?.value, bytes);
  });

  it('answers where each of many concurrent records stands', async () => {
    const producer = await kafka.producer();
    const keys = Array.from({ length: 500 }, (_, at) => `doc-${at}`);
    const positions = await Promise.all(keys.map(async (key) => (await producer.send(topic, [{ key, value: Buffer.from(key) }]))[0]!));
    await producer.close();
    const seen = await read(500);
    const written = new Map(seen.map(({ key, offset }) => [String(key), offset]));
    for (const [at, key] of keys.entries()) assert.equal(written.get(key), positions[at]!.offset, key);
  });

  it('refuses to send to a topic that does not exist', async () => {
    const producer = await kafka.producer();
    await assert.rejects(producer.send(`nowhere-${randomUUID()}`, [{ key: 'a', value: null }]), { code: 'KAFKA_TOPIC_MISSING' });
    await producer.close();
  });

  it('answers an error, and goes on, when a record is over the limit of its topic', async () => {
    const producer = await kafka.producer();
    await assert.rejects(producer.send(topic, [{ key: 'big', value: Buffer.alloc(9_000_000) }]), { code: 'RECORD_TOO_LARGE' });
    await producer.send(topic, [{ key: 'small', value: Buffer.from('x') }]);
    await producer.close();
    assert.deepEqual(
      (await read(1)).map(({ key }) => String(key)),
      ['small'],
    );
  });

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    it(`reads what is compressed with ${codec}`, async () => {
      const name = `port-${codec}-${randomUUID()}`;
      await admin.deleteTopics([topic]);
      // The broker compresses itself, with the codecs of Kafka's own client.
      await admin.ensureTopics([{ name, partitions: 1, replication: 1, config: { 'compression.type': codec } }]);
      topic = name;
      const producer = await kafka.producer();
      const text = (at: number) => `note ${at} `.repeat(1 + (at % 700)) + Math.sin(at);
      for (let from = 0; from < 300; from += 100) {
        await producer.send(
          topic,
          Array.from({ length: 100 }, (_, at) => ({ key: `doc-${from + at}`, value: Buffer.from(text(from + at)) })),
        );
      }
      await producer.close();
      const seen = await read(300);
      assert.deepEqual(
        seen.map(({ value }) => String(value)),
        Array.from({ length: 300 }, (_, at) => text(at)),
      );
    });
  }

  it('hands out a send which decompresses to more than the cap as one record with its failure, and goes on behind it', async () => {
    const producer = await createKafka({ ...testKafkaOptions(), compression: 'gzip' }).producer();
    await producer.send(topic, [{ key: 'bomb', value: Buffer.alloc(65 * 1024 * 1024) }]);
    await producer.send(topic, [{ key: 'bomb', value: Buffer.from('behind') }]);
    await producer.close();
    const [bomb, behind] = await read(2);
    assert.equal(bomb!.failure?.code, 'RECORD_TOO_LARGE');
    assert.ok(bomb!.value!.length < 1024 * 1024);
    assert.equal(String(behind!.value), 'behind');
  });

  it('keeps the records of an aborted transaction from readers, and its offset uncommitted', async () => {
    const group = `group-${randomUUID()}`;
    const options = { group, topic, partition: 0 };
    const first = kafka.transactions(options);
    assert.equal(await first.open(), null);
    const sends = [{ topic, partition: 0, records: [{ key: 'a', value: Buffer.from('1') }] }];
    await first.commit(sends, 5n);
    const second = kafka.transactions(options);
    assert.equal(await second.open(), 5n, 'the successor sees what was committed');
    await assert.rejects(first.commit([{ ...sends[0]!, records: [{ key: 'b', value: Buffer.from('2') }] }], 6n), { code: 'KAFKA_FENCED' });
    await second.commit([{ ...sends[0]!, records: [{ key: 'c', value: Buffer.from('3') }] }], 7n);
    assert.equal(await second.open(), 7n);
    assert.deepEqual(
      (await read(2)).map(({ key }) => String(key)),
      ['a', 'c'],
    );
    await Promise.all([first.close(), second.close()]);
  });

  it('says that the outcome is unknown when a transaction fails, and works again after it was opened anew', async () => {
    const transactions = kafka.transactions({ group: `group-${randomUUID()}`, topic, partition: 0 });
    await transactions.open();
    const tooLarge = [{ topic, partition: 0, records: [{ key: 'big', value: Buffer.alloc(9_000_000) }] }];
    await assert.rejects(transactions.commit(tooLarge, 1n), (error: Error & { code: string; details: Record<string, unknown> }) => {
      assert.equal(error.code, 'KAFKA_OUTCOME_UNKNOWN');
      assert.equal(error.details.reason, 'MESSAGE_TOO_LARGE');
      return true;
    });
    await assert.rejects(transactions.commit([], 1n), { code: 'KAFKA_OUTCOME_UNKNOWN' });
    assert.equal(await transactions.open(), null);
    await transactions.commit([{ topic, partition: 0, records: [{ key: 'small', value: Buffer.from('x') }] }], 1n);
    assert.equal(await transactions.open(), 1n);
    await transactions.close();
  });

  it('goes back to the offset that a handler seeks, and fetches again what it did not resolve', async () => {
    const producer = await kafka.producer();
    await producer.send(
      topic,
      Array.from({ length: 10 }, () => ({ key: 'same', value: Buffer.from('x') })),
    );
    await producer.close();
    const firsts: bigint[] = [];
    const consumer = await kafka.consume({
      group: `seek-${randomUUID()}`,
      topics: [topic],
      sessionTimeoutMs: 10_000,
      maxWaitMs: 100,
      async onBatch(batch, control) {
        firsts.push(batch.fetchedFrom);
        if (firsts.length === 2) control.seek(4n);
        if (firsts.length === 3) control.resolve(7n);
        if (firsts.length === 4) control.resolve(batch.lastOffset + 1n);
      },
    });
    await eventually('four fetches', () => (firsts.length >= 4 ? true : undefined), 20_000);
    await consumer.stop();
    assert.deepEqual(firsts, [0n, 0n, 4n, 7n]);
  });

  it('ends, rejecting with the error, when a handler fails for another reason than the cluster', async () => {
    const producer = await kafka.producer();
    await producer.send(topic, [{ key: 'a', value: null }]);
    await producer.close();
    const failure = new TypeError('a mistake in a handler');
    const consumer = await kafka.consume({
      group: `fail-${randomUUID()}`,
      topics: [topic],
      sessionTimeoutMs: 10_000,
      async onBatch() {
        throw failure;
      },
    });
    await assert.rejects(consumer.done, failure);
    assert.equal(consumer.joined(), false);
    await consumer.stop();
  });

  it('waits some seconds for a topic that is just being made, and names one that is missing', async () => {
    const fresh = `fresh-${randomUUID()}`;
    const options = { group: `fresh-${randomUUID()}`, topics: [fresh], sessionTimeoutMs: 10_000, onBatch: async () => {} };
    await assert.rejects(kafka.consume(options), { code: 'KAFKA_TOPIC_MISSING' });
    const consuming = kafka.consume(options);
    await admin.ensureTopics([{ name: fresh, partitions: 1, replication: 1 }]);
    const consumer = await consuming;
    await eventually('joined', () => consumer.joined() || undefined, 20_000);
    await consumer.stop();
    await admin.deleteTopics([fresh]);
  });

  it('keeps its membership when the wall clock is set back', async () => {
    const realNow = Date.now;
    let beats = 0;
    const consumer = await kafka.consume({
      group: `clock-${randomUUID()}`,
      topics: [topic],
      sessionTimeoutMs: 6000,
      maxWaitMs: 100,
      onAssignment: () => beats++,
      onBatch: async () => {},
    });
    try {
      Date.now = () => realNow() - 600_000;
      // The library sends no heartbeats now; a new membership starts with the new time.
      await eventually(
        'joined anew',
        () => (beats >= 2 && consumer.joined() && consumer.heartbeatAgeMs() < 2000 ? true : undefined),
        20_000,
      );
    } finally {
      Date.now = realNow;
      await consumer.stop();
    }
  });

  it('tells lag from what is committed, counting from the start where nothing is', async () => {
    const producer = await kafka.producer();
    await producer.send(
      topic,
      Array.from({ length: 6 }, () => ({ key: 'same', value: Buffer.from('x') })),
    );
    await producer.close();
    const partition = partitionForKey('same', 3);
    const group = `lag-${randomUUID()}`;
    const lagNow = async () => (await admin.lag(group, topic)).find((entry) => entry.partition === partition);
    assert.deepEqual(await lagNow(), { partition, committed: null, lag: 6n });
    const consumer = await kafka.consume({
      group,
      topics: [topic],
      sessionTimeoutMs: 10_000,
      async onBatch(batch, control) {
        await control.commit(4n);
        control.resolve(batch.lastOffset + 1n);
      },
    });
    await eventually('a commit', async () => ((await lagNow())?.committed === 4n ? true : undefined), 20_000);
    await consumer.stop();
    assert.deepEqual(await lagNow(), { partition, committed: 4n, lag: 2n });
  });

  it('logs no error while transactions follow each other', async () => {
    const transactions = kafka.transactions({ group: `group-${randomUUID()}`, topic, partition: 0 });
    await transactions.open();
    // A topic that was just made may not have its leader yet, which is a reason to log.
    await transactions.commit([{ topic, partition: 0, records: [{ key: 'a', value: null }] }], 1n);
    log.length = 0;
    for (let next = 2n; next <= 11n; next++)
      await transactions.commit([{ topic, partition: 0, records: [{ key: 'a', value: null }] }], next);
    await transactions.close();
    assert.deepEqual(
      log.filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
  });
});
