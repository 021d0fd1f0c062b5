import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { createProjectionStore, type ProjectionStore } from '@epee/redis';
import { Redis } from 'ioredis';
import { findFreePorts, type LocalRedis, startRedis } from '../../deploy/local/index.ts';
import { eventually } from './worker-support/scene.ts';

describe('projection store when Redis is not well', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-redis-'));
  const secret = 'correct horse';
  let redis: LocalRedis;
  let raw: Redis;

  before(async () => {
    redis = await startRedis({ dir, removeDir: dir });
    raw = new Redis(redis.url);
    raw.on('error', () => undefined);
  });
  after(async () => {
    raw.disconnect();
    await redis.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (url: string, password: string | null = null) => createProjectionStore({ url, password, streamMaxLength: 100 });
  const write = (store: ProjectionStore) => {
    const entry = { offset: 0n, documentId: randomUUID(), version: 1n, patientRef: 'p', processedAtMs: 1, json: '{}' };
    return store.project({ topic: randomUUID(), partition: 0, entries: [entry], acknowledged: null, through: 0n });
  };
  const refused = (code: 'REDIS_REFUSED' | 'REDIS_UNREACHABLE', text: string) => (error: unknown) => {
    assert.ok(error instanceof EpeeError);
    assert.equal(error.code, code);
    assert.ok(error.message.includes(text), error.message);
    assert.ok(!`${error.message} ${error.hint} ${JSON.stringify(error.details)}`.includes(secret));
    assert.equal(error.retriable, true);
    return true;
  };

  it('names host and port of a Redis that is not there', async () => {
    const [port] = await findFreePorts([0]);
    await assert.rejects(
      open(`redis://someone@127.0.0.1:${port}`),
      refused('REDIS_UNREACHABLE', `127.0.0.1:${port} cannot be reached (ECONNREFUSED)`),
    );
  });

  it('gives up on a server that takes the connection and says nothing', async () => {
    redis.signal('SIGSTOP');
    try {
      const silent = createProjectionStore({
        url: redis.url,
        password: secret,
        streamMaxLength: 1,
        connectTimeoutMs: 300,
        commandTimeoutMs: 300,
      });
      await assert.rejects(silent, refused('REDIS_UNREACHABLE', `127.0.0.1:${redis.port}`));
    } finally {
      redis.signal('SIGCONT');
    }
  });

  it('says when the password is missing or wrong', async () => {
    await raw.config('SET', 'requirepass', secret);
    try {
      await assert.rejects(open(redis.url, null), refused('REDIS_REFUSED', 'NOAUTH'));
      await assert.rejects(open(redis.url, 'wrong'), refused('REDIS_REFUSED', 'WRONGPASS'));
      const store = await open(redis.url, secret);
      assert.equal((await write(store)).kind, 'moved');
      store.close();
    } finally {
      await raw.config('SET', 'requirepass', '');
    }
  });

  it('says when memory is full, and goes on when there is some again', async () => {
    const store = await open(redis.url);
    await raw.config('SET', 'maxmemory', '1');
    await assert.rejects(write(store), refused('REDIS_REFUSED', 'OOM'));
    await raw.config('SET', 'maxmemory', '0');
    assert.equal((await write(store)).kind, 'moved');
    store.close();
  });

  it('says when it is connected to a replica, and goes on when that becomes the primary', async () => {
    const store = await open(redis.url);
    const [port] = await findFreePorts([0]);
    await raw.config('SET', 'replica-serve-stale-data', 'yes');
    await raw.call('REPLICAOF', '127.0.0.1', String(port));
    await assert.rejects(write(store), refused('REDIS_REFUSED', 'READONLY'));
    await raw.call('REPLICAOF', 'NO', 'ONE');
    await eventually('a write succeeds', () =>
      write(store).then(
        ({ kind }) => kind,
        () => undefined,
      ),
    );
    store.close();
  });

  it('fails at once while the connection is gone, and goes on after a restart', async () => {
    const store = await open(redis.url);
    await redis.kill();
    await assert.rejects(write(store), refused('REDIS_UNREACHABLE', `127.0.0.1:${redis.port}`));
    await redis.restart();
    await eventually('a write succeeds', () =>
      write(store).then(
        ({ kind }) => kind,
        () => undefined,
      ),
    );
    store.close();
  });
});
