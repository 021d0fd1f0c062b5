import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { createKafka } from '@epee/kafka';
import { DEAD_LETTER_HEADERS, headerText, partitionForKey } from '@epee/stream';
import { eventually } from '../integration/worker-support/scene.ts';
import { bounceBroker, type Cluster } from './support/cluster.ts';
import { noteAt } from './support/numbered-notes.ts';
import { sharedCluster } from './support/shared-cluster.ts';
import { openWorld, type World } from './support/world.ts';

describe('faults of brokers and of what they hold', () => {
  let cluster: Cluster;
  let world: World;
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
  });
  afterEach(() => world?.close());

  it('@short a broker is killed and restarted under load: its partitions get other leaders, nothing is lost or doubled', async () => {
    world = await openWorld(cluster);
    const workers = [world.worker({ delayMs: 30 }), world.worker({ delayMs: 30 })];
    await world.send(100);
    await eventually('first results', () => world.results() > 0 || undefined);
    const bounced = bounceBroker(cluster, 0);
    await world.send(100);
    await bounced;
    await world.send(50);
    await world.assertExactlyOnce({ deadlineMs: 180_000 });
    for (const worker of workers) assert.ok(worker.running(), worker.log());
  });

  it('each broker in turn is killed and restarted, and one is stopped cleanly', async function () {
    this.timeout(600_000);
    world = await openWorld(cluster, { partitions: 4 });
    world.worker({ delayMs: 30 });
    world.worker({ delayMs: 30 });
    for (const at of [0, 1, 2]) {
      await world.send(100);
      await bounceBroker(cluster, at);
    }
    const node = cluster.kafka.nodes[1]!;
    const stopped = node.stop();
    await world.send(100);
    await stopped;
    await node.restart();
    await world.send(50);
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
  });

  it('too few brokers for min.insync.replicas: work waits, nothing is acknowledged and lost, and it goes on by itself', async function () {
    this.timeout(600_000);
    world = await openWorld(cluster);
    const worker = world.worker({ delayMs: 30 });
    await world.send(100);
    await eventually('first results', () => world.results() > 0 || undefined);
    const [, second, third] = cluster.kafka.nodes;
    await Promise.all([second!.kill(), third!.kill()]);
    const waiting = world.send(60);
    // Alone a broker has no quorum: both must come back for it to serve, so neither can be waited for alone.
    await Promise.all([second!.restart(), third!.restart()]);
    await waiting;
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
    assert.ok(worker.running(), worker.log());
  });

  it('a batch that unpacks beyond the cap is one dead letter, and the partition goes on behind it', async () => {
    world = await openWorld(cluster, { noteMaxBytes: 1024 * 1024 });
    const { topics } = world.options;
    const key = 'bomb';
    await world.send(50);
    const zipped = createKafka({
      brokers: cluster.kafka.bootstrap.split(','),
      clientId: 'epee-faults',
      tls: null,
      sasl: null,
      compression: 'gzip',
    });
    const producer = await zipped.producer();
    const note = noteAt(0, world.notes);
    const value = Buffer.alloc(70 * 1024 * 1024);
    await producer.send(topics.notes, [{ key, value }]);
    await producer.send(topics.notes, [{ key, value: world.codec.encodeNote({ ...note, documentId: `${world.notes.prefix}-behind` }) }]);
    await producer.close();
    await world.send(50);
    const worker = world.worker();
    const letter = await eventually('its dead letter', () => world.letters()[0]);
    assert.equal(headerText(letter, DEAD_LETTER_HEADERS.code), 'RECORD_TOO_LARGE');
    assert.equal(headerText(letter, DEAD_LETTER_HEADERS.originPartition), String(partitionForKey(key, topics.partitions)));
    assert.ok(letter.value !== null && letter.value.length < 1024 * 1024 && letter.value.length > gzipSync(value).length / 2);
    await eventually('the rest', () => world.results() >= 101 || undefined);
    assert.equal(world.letters().length, 1);
    assert.ok(worker.running(), worker.log());
  });
});
