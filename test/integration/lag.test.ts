import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { fakeExtractor } from './worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene, testKafkaOptions } from './worker-support/scene.ts';
import { startTestWorker, type TestWorker } from './worker-support/start.ts';

describe('what a worker tells of its lag', function () {
  this.timeout(240_000);
  let scene: Scene;
  const workers: TestWorker[] = [];

  beforeEach(async () => {
    scene = await openScene({ partitions: 2 });
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await scene.close();
  });

  const start = async (extractor = fakeExtractor()) => {
    const worker = await startTestWorker(scene, extractor);
    workers.push(worker);
    return worker;
  };
  /** Values of a metric of the notes topic, by partition or group. */
  const valuesOf = async ({ metrics }: TestWorker, name: string): Promise<number[]> => {
    const lines = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(scene.options.topics.notes));
    return lines.map((line) => Number(line.split(' ').at(-1)));
  };
  const until = (worker: TestWorker, name: string, wanted: (values: readonly number[]) => boolean) =>
    eventually(`${name} as wanted`, async () => (wanted(await valuesOf(worker, name)) ? true : undefined), 120_000);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const behind = async () => {
    const { consumer, topics } = scene.options;
    return (await scene.admin.lag(consumer.group, topics.notes)).reduce((total, { lag }) => total + lag, 0n);
  };

  it('shows what waits before the first commit, nothing when all is done, and only the partitions that it has', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await scene.publishNotes(40);
    const first = await start(fakeExtractor({ onCall: () => gate }));
    await until(first, 'epee_worker_lag_records', (values) => values.length === 2 && sum(values) === 40);
    await until(first, 'epee_worker_lag_seconds', (values) => Math.max(...values) > 0);
    open();
    await until(first, 'epee_worker_lag_records', (values) => values.length === 2 && sum(values) === 0);
    const second = await start();
    for (const worker of [first, second]) await until(worker, 'epee_worker_lag_records', ({ length }) => length === 1);
    await until(second, 'epee_group_lag_records', (values) => values.length === 1 && sum(values) === 0);
  });

  it('commits past a transaction that was aborted at the end, and tells what an open one holds back', async () => {
    await scene.publishNotes(4);
    const worker = await start();
    await until(worker, 'epee_worker_lag_records', (values) => values.length === 2 && sum(values) === 0);
    const { topics } = scene.options;
    const { brokers } = testKafkaOptions();
    const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer({ transactionalId: `other-${randomUUID()}`, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const begin = async () => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: topics.notes, messages: [{ key: 'x', value: Buffer.from('x'), partition: 0 }] });
      return transaction;
    };
    await (await begin()).abort();
    await eventually('the group is at the end', async () => ((await behind()) === 0n ? true : undefined), 120_000);
    assert.equal(sum(await valuesOf(worker, 'epee_worker_lag_records')), 0);
    const open = await begin();
    await until(worker, 'epee_worker_blocked_records', (values) => sum(values) === 1);
    await open.abort();
    await until(worker, 'epee_worker_lag_records', (values) => sum(values) === 0);
    await producer.disconnect();
  });

  it('finds partitions that were added, within a minute', async () => {
    const worker = await start();
    await until(worker, 'epee_worker_lag_records', ({ length }) => length === 2);
    const { brokers } = testKafkaOptions();
    const chief = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await chief.connect();
    await chief.createPartitions({ topicPartitions: [{ topic: scene.options.topics.notes, count: 3 }] });
    await chief.disconnect();
    await until(worker, 'epee_worker_lag_records', ({ length }) => length === 3);
  });
});
