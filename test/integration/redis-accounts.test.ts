import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChunkQueue } from '@epee/queue';
import { createProjectionStore } from '@epee/redis';
import { Redis } from 'ioredis';
import { findFreePorts, type LocalRedis, startRedis } from '../../deploy/local/index.ts';
import { epee } from './cli-support/program.ts';

describe('accounts and modes of Redis', () => {
  let dir: string;
  let redis: LocalRedis;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'epee-redis-'));
    redis = await startRedis({ dir, removeDir: dir });
    const admin = new Redis(redis.url);
    try {
      await admin.call('ACL', 'SETUSER', 'ward@7', 'on', '>secret', '~*', '+@all');
      await admin.call('ACL', 'SETUSER', 'few', 'on', '>secret', '~*', '+ping', '+@read', '+auth', '+select', '-info');
    } finally {
      admin.disconnect();
    }
  });

  after(async () => {
    await redis?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const urlOf = (user: string) => redis.url.replace('redis://', `redis://${encodeURIComponent(user)}@`);

  it('log a user of the URL in with the password of the file', async () => {
    const store = await createProjectionStore({ url: urlOf('ward@7'), password: 'secret', streamMaxLength: 10 });
    assert.equal(await store.getResult('none'), null);
    store.close();
    const queue = openChunkQueue({ url: urlOf('ward@7'), password: 'secret' });
    assert.equal(await queue.workers(), 0);
    await queue.close();
  });

  it('refuse a wrong password as REDIS_REFUSED', () =>
    assert.rejects(createProjectionStore({ url: urlOf('ward@7'), password: 'wrong', streamMaxLength: 10 }), {
      code: 'REDIS_REFUSED',
      hint: /user name in EPEE_REDIS_URL/,
    }));

  it('let a user in who may not ask for the mode', async () => {
    const store = await createProjectionStore({ url: urlOf('few'), password: 'secret', streamMaxLength: 10 });
    assert.equal(await store.getResult('none'), null);
    store.close();
  });

  describe('over TLS, with an authority of its own', () => {
    const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
    let secured: LocalRedis;
    let folder: string;
    let url: string;

    before(async () => {
      const [port] = await findFreePorts([0]);
      folder = mkdtempSync(join(tmpdir(), 'epee-redis-tls-'));
      const files = ['--tls-cert-file', file('server.pem'), '--tls-key-file', file('server.key'), '--tls-ca-cert-file', file('ca.pem')];
      const extraArgs = ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files];
      secured = await startRedis({ dir: folder, removeDir: folder, extraArgs });
      url = `rediss://127.0.0.1:${port}`;
    });

    after(async () => {
      await secured?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('serve who knows the authority', async () => {
      const ca = readFileSync(file('ca.pem'), 'utf8');
      const store = await createProjectionStore({ url, password: null, ca, streamMaxLength: 10 });
      assert.equal(await store.getResult('none'), null);
      store.close();
      const queue = openChunkQueue({ url, password: null, ca });
      assert.equal(await queue.workers(), 0);
      await queue.close();
      const env = { EPEE_REDIS_URL: url, EPEE_REDIS_TLS_CA_FILE: file('ca.pem') };
      assert.equal((await epee(['batch', 'list'], { env })).exitCode, 0);
    });

    it('are refused by who does not, with the option to set', () =>
      assert.rejects(createProjectionStore({ url, password: null, streamMaxLength: 10 }), {
        code: 'REDIS_UNREACHABLE',
        hint: /EPEE_REDIS_TLS_CA_FILE/,
      }));
  });

  it('end with CONFIG_INVALID where the address leads to a cluster', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'epee-redis-cluster-'));
    const cluster = await startRedis({ dir: folder, removeDir: folder, extraArgs: ['--cluster-enabled', 'yes'] });
    try {
      await assert.rejects(createProjectionStore({ url: cluster.url, password: null, streamMaxLength: 10 }), {
        code: 'CONFIG_INVALID',
        message: /runs in mode cluster, but EPEE_REDIS_URL must lead to a standalone primary/,
      });
    } finally {
      await cluster.stop();
    }
  });
});
