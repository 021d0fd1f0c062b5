import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../integration/worker-support/scene.ts';
import type { Cluster } from './support/cluster.ts';
import type { ServiceProcess } from './support/processes.ts';
import { sharedCluster } from './support/shared-cluster.ts';
import { openWorld, type World } from './support/world.ts';

describe('faults of Redis and of the projector', () => {
  let cluster: Cluster;
  let world: World;
  let projector: ServiceProcess;
  let redis: Redis;

  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    redis = new Redis(cluster.redis.url);
    redis.on('error', () => undefined);
  });
  after(() => redis?.disconnect());
  beforeEach(async () => {
    world = await openWorld(cluster);
    world.worker();
    projector = world.projector();
    await world.send(120);
    await eventually('the projector works', async () => ((await differing()).length < 40 && world.results() > 0 ? true : undefined));
  });
  afterEach(() => world?.close());

  const differing = () => world.differing().catch(() => Array<string>(40).fill('?'));
  const inRedis = () => eventually('Redis equals the topic', async () => ((await differing()).length === 0 ? true : undefined), 90_000);

  /** Extraction goes on while Redis is not well; afterwards Redis catches up, with the same projector. */
  async function assertCatchesUp(fault: () => Promise<void>, cure: () => Promise<void>): Promise<void> {
    await fault();
    const before = world.results();
    await world.send(120);
    await eventually('extraction goes on', () => world.results() >= before + 100 || undefined);
    await cure();
    await world.assertExactlyOnce({ redis: true });
    assert.ok(projector.running(), projector.log());
  }

  it('@short killed and restarted', () =>
    assertCatchesUp(
      () => cluster.redis.kill(),
      () => cluster.redis.restart(),
    ));

  it('frozen and thawed', () =>
    assertCatchesUp(
      async () => cluster.redis.signal('SIGSTOP'),
      async () => cluster.redis.signal('SIGCONT'),
    ));

  it('emptied under a running projector, with nothing new coming', async () => {
    await world.settled();
    await inRedis();
    await redis.flushall();
    await inRedis();
    assert.ok(projector.running(), projector.log());
  });

  it('restored from an older snapshot', async () => {
    await world.settled();
    await inRedis();
    const keys = await redis.keys('epee:*');
    const snapshot = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    await world.send(120);
    await world.settled();
    await inRedis();
    const restore = redis.multi().flushall();
    for (const [key, dump] of snapshot) restore.restore(key, 0, dump!);
    await restore.exec();
    await inRedis();
  });

  it('read-only', () =>
    assertCatchesUp(
      async () => void (await redis.call('REPLICAOF', '127.0.0.1', '1')),
      async () => void (await redis.call('REPLICAOF', 'NO', 'ONE')),
    ));

  it('out of memory', () =>
    assertCatchesUp(
      async () => void (await redis.config('SET', 'maxmemory', '1')),
      async () => void (await redis.config('SET', 'maxmemory', '0')),
    ));

  it('out of disk, as MISCONF answers it', () =>
    assertCatchesUp(
      async () => {
        // What a full disk does: a save that fails, after which Redis refuses writes.
        await redis.config('SET', 'save', '3600 1');
        await failSave(true);
        await assert.rejects(redis.set('epee:test', '1'), /MISCONF/);
      },
      async () => {
        await failSave(false);
        await redis.config('SET', 'save', '');
      },
    ));

  it('the projector is killed again and again', async () => {
    for (let round = 0; round < 3; round++) {
      await world.send(60);
      await projector.kill();
      projector = world.projector();
      await eventually('it has joined its group', () => projector.log().includes('Joined the group') || undefined);
    }
    await world.assertExactlyOnce({ redis: true });
  });

  async function failSave(failing: boolean): Promise<void> {
    const [, folder] = (await redis.config('GET', 'dir')) as [string, string];
    // A folder of that name: the finished dump cannot take its place.
    if (failing) mkdirSync(join(folder, 'dump.rdb', 'full'), { recursive: true });
    else rmSync(join(folder, 'dump.rdb'), { recursive: true, force: true });
    await eventually('a save', async () => {
      await redis.bgsave().catch(() => undefined);
      const status = /rdb_last_bgsave_status:(\w+)/.exec(await redis.info('persistence'))?.[1];
      return status === (failing ? 'err' : 'ok') ? true : undefined;
    });
  }
});
