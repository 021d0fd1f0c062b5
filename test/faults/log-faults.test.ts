import assert from 'node:assert/strict';
import type { KafkaAdmin } from '@epee/kafka';
import { eventually } from '../integration/worker-support/scene.ts';
import { sampleResult } from '../unit/services/cli/support.ts';
import type { Cluster } from './support/cluster.ts';
import { changesIn, counterOf, deleteRecords, makeAnew } from './support/logs.ts';
import { idOf } from './support/numbered-notes.ts';
import type { ServiceProcess } from './support/processes.ts';
import { sharedCluster } from './support/shared-cluster.ts';
import { openWorld, type World } from './support/world.ts';

/** One document per note: each has one result, whatever log it came from. */
const DOCUMENTS = 10_000;

describe('logs that are not what they were', () => {
  let cluster: Cluster;
  let world: World;
  let admin: KafkaAdmin;
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
  });
  beforeEach(async () => {
    world = await openWorld(cluster, { partitions: 1, documents: DOCUMENTS });
    admin = await world.admin();
  });
  afterEach(async () => {
    await admin?.close();
    await world?.close();
  });

  const brokers = () => cluster.kafka.bootstrap.split(',');
  const input = () => ({ group: world.options.consumer.group, topic: world.options.topics.notes });
  const anew = (topic: string) => makeAnew(admin, topic, { replication: world.options.topics.replication });
  const results = (count: number) => eventually(`${count} results`, () => world.results() >= count || undefined, 120_000);
  const kinds = (service: ServiceProcess) => changesIn(service).map(({ action }) => action);

  /** What has a result. */
  const ids = () =>
    Promise.all(world.reader.of(world.options.topics.results).map(async ({ value }) => idOf(await world.codec.decodeResult(value))));

  /** Every note of these numbers has one result, and there is no other. */
  async function assertOnce(numbers: readonly number[]): Promise<void> {
    assert.deepEqual((await ids()).toSorted(), numbers.map((at) => `${world.notes.prefix}-${at}@1`).toSorted());
  }
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

  /** The committed offset and what is beside it, kept over the deletion of a topic, as a commit that arrives after it would. */
  async function keepingOffset(work: () => Promise<void>): Promise<void> {
    const read = world.kafka.transactions({ ...input(), partition: 0 });
    const offset = (await read.open())!;
    const beside = read.metadata();
    await read.close();
    await work();
    const write = world.kafka.transactions({ ...input(), partition: 0 });
    await write.open();
    await write.commit([], offset, beside);
    await write.close();
  }

  it('@short made anew with more records than the old offset: the new log is read from its start', async () => {
    const first = world.worker();
    await world.send(40);
    await results(40);
    await first.stop();
    await keepingOffset(() => anew(input().topic));
    await world.send(60);
    const worker = world.worker();
    await results(100);
    await assertOnce(range(0, 100));
    assert.deepEqual(kinds(worker), ['anew'], worker.log());
    assert.equal(await counterOf(worker, 'epee_worker_log_errors_total'), 1);
  });

  it('made anew under a running worker, with fewer records and then with more', async () => {
    const worker = world.worker();
    await world.send(40);
    await results(40);
    await anew(input().topic);
    await world.send(15);
    await results(55);
    await anew(input().topic);
    await world.send(80);
    await results(135);
    await assertOnce(range(0, 135));
    assert.ok(worker.running(), worker.log());
  });

  it('@short records are deleted while the worker is away, and while it is frozen: what is lost is counted exactly', async () => {
    const first = world.worker();
    await world.send(10);
    await results(10);
    await first.stop();
    await world.send(25);
    await deleteRecords(brokers(), input().topic, 30n);
    const worker = world.worker();
    await results(15);
    assert.equal(await counterOf(worker, 'epee_worker_gap_records_total'), 20);
    worker.process.kill('SIGSTOP');
    // A fetch that waits at the broker is answered with the first.
    await world.send(1);
    await world.send(24);
    await deleteRecords(brokers(), input().topic, 55n);
    worker.process.kill('SIGCONT');
    await eventually('the last result', async () => ((await ids()).includes(`${world.notes.prefix}-59@1`) ? true : undefined), 120_000);
    const before = world.results() - 20;
    assert.ok(before <= 1);
    await assertOnce([...range(0, 10), ...range(30, 35 + before), ...range(55, 60)]);
    assert.equal(await counterOf(worker, 'epee_worker_gap_records_total'), 40 - before);
    assert.deepEqual(kinds(worker), ['cut', 'cut']);
  });

  it('a committed offset beyond the end: all is read', async () => {
    await world.send(10);
    const transactions = world.kafka.transactions({ ...input(), partition: 0 });
    await transactions.open();
    await transactions.commit([], 1000n);
    await transactions.close();
    const worker = world.worker();
    await results(10);
    await assertOnce(range(0, 10));
    assert.deepEqual(kinds(worker), ['beyond']);
  });

  it('the offsets of the group are gone: everything again, with a warning that says how much', async () => {
    const first = world.worker();
    await world.send(10);
    await results(10);
    await first.stop();
    await eventually('the group is deleted', () =>
      admin.deleteGroup(input().group).then(
        () => true,
        () => undefined,
      ),
    );
    const worker = world.worker();
    await results(20);
    const line = await eventually('a warning', () =>
      worker
        .log()
        .split('\n')
        .find((each) => each.includes('no committed offset')),
    );
    assert.equal(Number(JSON.parse(line).count), 10);
  });

  it('the results topic is made anew under the projector: results of the same version replace those of the former log', async () => {
    const { results: topic } = world.options.topics;
    const projector = world.projector();
    const send = async (documents: number, source: string) => {
      const producer = await world.kafka.producer();
      const records = range(0, documents).map((at) => {
        const result = { ...sampleResult(), documentId: `${world.notes.prefix}-${at}`, version: 1n, source };
        return { key: result.documentId, value: world.codec.encodeResult(result) };
      });
      await producer.send(topic, records);
      await producer.close();
    };
    const sources = (source: string, documents: number) =>
      eventually(`${documents} results of ${source} in Redis`, async () => {
        const stored = await Promise.all(range(0, documents).map((at) => world.stored(`${world.notes.prefix}-${at}`)));
        return stored.every((each) => each?.result.source === source) ? true : undefined;
      });
    await send(10, 'former');
    await sources('former', 10);
    await anew(topic);
    await send(20, 'present');
    await sources('present', 20);
    await anew(topic);
    await send(5, 'last');
    await sources('last', 5);
    assert.deepEqual(new Set(kinds(projector)), new Set(['anew']), projector.log());
  });
});
