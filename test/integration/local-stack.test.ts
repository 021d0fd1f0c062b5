import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKafka } from '@epee/kafka';
import { Redis } from 'ioredis';
import {
  downStack,
  ensureLibraries,
  findFreePorts,
  findLibraries,
  readStackRecord,
  type StackRecord,
  stackStatus,
  startKafka,
  startRedis,
  startStack,
  upStack,
} from '../../deploy/local/index.ts';
import { isRunning } from '../../deploy/local/process-identity.ts';
import { eventually } from './worker-support/scene.ts';

const LOCAL = fileURLToPath(new URL('../../deploy/local/index.js', import.meta.url));

describe('local stack without Docker', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'epee-local-'));
  });
  afterEach(async () => {
    await downStack({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  const admin = (bootstrap: string) => createKafka({ brokers: bootstrap.split(','), clientId: 'test', tls: null, sasl: null }).admin();
  const topicsOf = async (bootstrap: string, name: string) => {
    const connected = await admin(bootstrap);
    return connected.partitions(name).finally(() => connected.close());
  };
  const makeTopic = async (bootstrap: string, replication = 1) => {
    const connected = await admin(bootstrap);
    await connected.ensureTopics([{ name: 'kept', partitions: 3, replication }]).finally(() => connected.close());
  };
  const gone = (record: StackRecord) => eventually('every server has ended', () => (record.servers.some(isRunning) ? undefined : true));

  it('serves Kafka and Redis on loopback and leaves nothing behind', async () => {
    const stack = await startStack();
    assert.match(stack.env.EPEE_KAFKA_BROKERS, /^127\.0\.0\.1:\d+$/);
    assert.match(stack.env.EPEE_REDIS_URL, /^redis:\/\/127\.0\.0\.1:\d+$/);
    const record = readStackRecord(stack.dir)!;
    await makeTopic(stack.kafka.bootstrap);
    const redis = new Redis(stack.redis.url);
    assert.deepEqual(await redis.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
    redis.disconnect();
    await stack.stop();
    assert.deepEqual(record.servers.filter(isRunning), []);
    assert.equal(existsSync(stack.dir), false);
  });

  it('keeps its data in a folder of its own', async () => {
    const first = await startStack({ dir });
    await makeTopic(first.kafka.bootstrap);
    await first.stop();
    const second = await startStack({ dir });
    assert.equal(await topicsOf(second.kafka.bootstrap, 'kept'), 3);
    await second.stop();
  });

  it('ends with the process that started it, however that ends', async () => {
    const script = `import(${JSON.stringify(LOCAL)}).then(({ startStack }) => startStack()).then(({ dir }) => { console.log(dir); setInterval(() => {}, 1000); });`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const folder = await new Promise<string>((resolve) => parent.stdout.once('data', (chunk) => resolve(String(chunk).trim())));
    const record = readStackRecord(folder)!;
    assert.equal(record.servers.filter(isRunning).length, 2);
    parent.kill('SIGKILL');
    await gone(record);
    await eventually('the temporary folder is deleted', () => (existsSync(folder) ? undefined : true));
  });

  it('leaves nothing when its start is interrupted', async () => {
    const interruption = new AbortController();
    const start = startStack({ dir, signal: interruption.signal });
    await eventually('a server has been started', () => (existsSync(join(dir, 'redis', 'server.log')) ? true : undefined));
    interruption.abort();
    await assert.rejects(start, { code: 'INTERRUPTED' });
    const again = await startStack({ dir });
    await again.stop();
  });

  it('refuses a folder that another start uses', async () => {
    const stack = await startStack({ dir });
    await assert.rejects(startStack({ dir }), { code: 'STACK_START_FAILED', message: `${dir} is in use by process ${process.pid}` });
    await stack.stop();
  });

  it('takes over from an owner that was killed', async () => {
    const stack = await startStack({ dir });
    const record = readStackRecord(dir)!;
    stack.release();
    const path = join(dir, 'stack.json');
    writeFileSync(path, JSON.stringify({ ...record, owner: { pid: process.pid, startedAt: 'long ago' } }));
    const next = await startStack({ dir });
    assert.deepEqual(record.servers.filter(isRunning), []);
    await next.stop();
  });

  it('starts once for two who call up at the same time, stays, tells its state, and goes down', async () => {
    const [kafkaPort, redisPort] = await findFreePorts([0, 0]);
    const options = { dir, containers: 'never', kafkaPort, redisPort } as const;
    const [one, two] = await Promise.all([upStack(options), upStack(options)]);
    assert.deepEqual(one.servers, two.servers);
    assert.deepEqual([one.alreadyRunning, two.alreadyRunning].sort(), [false, true]);
    assert.deepEqual([one.kafkaBrokers, one.redisUrl], [`127.0.0.1:${kafkaPort}`, `redis://127.0.0.1:${redisPort}`]);
    const status = await stackStatus(dir);
    assert.deepEqual(
      status?.servers.map(({ name, running, answering }) => ({ name, running, answering })),
      [
        { name: 'kafka-1', running: true, answering: true },
        { name: 'redis', running: true, answering: true },
      ],
    );
    await assert.rejects(startStack({ dir }), { code: 'STACK_START_FAILED' });
    assert.deepEqual(await downStack({ dir }), ['kafka-1', 'redis']);
    await gone(one);
    assert.equal(await stackStatus(dir), undefined);
  });

  it('starts anew on the same data where only a part of it still runs', async () => {
    const options = { dir, containers: 'never', kafkaPort: 0, redisPort: 0 } as const;
    const first = await upStack(options);
    await makeTopic(first.kafkaBrokers);
    process.kill(first.servers.find(({ name }) => name === 'redis')!.pid, 'SIGKILL');
    await eventually('Redis has ended', async () => ((await stackStatus(dir))?.servers[1]?.running ? undefined : true));
    const second = await upStack(options);
    assert.equal(second.alreadyRunning, false);
    assert.equal(await topicsOf(second.kafkaBrokers, 'kept'), 3);
    assert.deepEqual(first.servers.filter(isRunning), []);
  });

  it('prefers containers only when the Docker daemon answers', async () => {
    const clientWithoutDaemon = join(dir, 'docker');
    writeFileSync(clientWithoutDaemon, '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n', { mode: 0o755 });
    const record = await upStack({ dir, docker: clientWithoutDaemon, kafkaPort: 0, redisPort: 0 });
    assert.equal(record.mode, 'processes');
  });

  it('chooses another port where the wanted one is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const taken = (server.address() as { port: number }).port;
    const redis = await startRedis({ dir: join(dir, 'redis'), port: taken });
    assert.notEqual(redis.port, taken);
    await redis.stop();
    server.close();
  });

  it('runs several brokers of which one may be killed and started again', async () => {
    const kafka = await startKafka({ dir: join(dir, 'kafka'), brokers: 3 });
    assert.equal(kafka.bootstrap.split(',').length, 3);
    await makeTopic(kafka.bootstrap, 3);
    await kafka.nodes[2]!.kill();
    assert.equal(kafka.nodes[2]!.running(), false);
    await kafka.nodes[2]!.restart();
    assert.equal(await topicsOf(`127.0.0.1:${kafka.nodes[2]!.port}`, 'kept'), 3);
    await kafka.stop();
  });

  it('sets data aside that a server cannot start from, says so, and starts empty', async () => {
    const first = await startStack({ dir });
    await first.stop();
    const data = join(dir, 'kafka', 'node-1', 'data');
    writeFileSync(join(data, 'meta.properties'), 'version=9\n');
    // Redis 7 keeps its append-only files in a folder, Redis 6 has one file.
    const redisData = join(dir, 'redis', 'data');
    const appendOnly = readdirSync(redisData, { recursive: true })
      .map(String)
      .filter((name) => /appendonly\.aof(\.\d+\.incr\.aof)?$/.test(name));
    for (const name of appendOnly) if (name.endsWith('.aof')) writeFileSync(join(redisData, name), 'garbage\r\n'.repeat(50));
    const lines: string[] = [];
    const second = await startStack({ dir, onProgress: (line) => lines.push(line) });
    await second.stop();
    assert.deepEqual(lines.map((line) => line.split(' ')[0]).sort(), ['Kafka', 'Redis']);
    assert.equal(readFileSync(join(dir, 'kafka.broken', 'node-1', 'data', 'meta.properties'), 'utf8'), 'version=9\n');
    assert.ok(existsSync(join(dir, 'redis.broken')));
  });

  it('makes a folder anew whose preparation was interrupted', async () => {
    mkdirSync(join(dir, 'kafka', 'node-1', 'data'), { recursive: true });
    writeFileSync(join(dir, 'kafka', 'node-1', 'data', 'meta.properties'), 'half');
    const kafka = await startKafka({ dir: join(dir, 'kafka') });
    await kafka.stop();
    assert.equal(existsSync(join(dir, 'kafka.broken')), false);
  });

  it('ends with the log of a server that cannot start', async () => {
    await assert.rejects(startRedis({ dir, extraArgs: ['--no-such-option', '1'] }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'STACK_START_FAILED');
      assert.match(error.message, /Redis ended while starting \(exit code 1\).*no-such-option/s);
      return true;
    });
  });

  it('gives up on a server that does not answer in time', async () => {
    await assert.rejects(startKafka({ dir, startMs: 1 }), {
      code: 'STACK_START_FAILED',
      message: /^Kafka broker 1 did not answer within 1 ms/,
    });
  });

  describe('its libraries', () => {
    it('count only when they are complete', async () => {
      const { folder } = await ensureLibraries();
      const cacheDir = join(dir, 'cache');
      const copy = join(cacheDir, folder.split('/').at(-1)!);
      cpSync(folder, copy, { recursive: true });
      assert.equal(findLibraries(cacheDir)?.folder, copy);
      rmSync(join(copy, 'kafka-clients-4.1.0.jar'));
      assert.equal(findLibraries(cacheDir), undefined);
    });

    it('say that their folder cannot be made', async () => {
      writeFileSync(join(dir, 'file'), '');
      const expected = { code: 'STACK_START_FAILED', message: `The cache folder ${dir}/file/cache cannot be created (ENOTDIR)` };
      await assert.rejects(ensureLibraries({ cacheDir: join(dir, 'file', 'cache') }), expected);
    });

    it('leave nothing behind when Maven fails, and say why', async () => {
      const cacheDir = join(dir, 'cache');
      const maven = join(dir, 'mvn');
      writeFileSync(
        maven,
        '#!/bin/sh\n[ "$1" = -v ] && { echo "Apache Maven 3.9.0"; exit 0; }\necho "[ERROR] no route to host"; exit 1\n',
        { mode: 0o755 },
      );
      await assert.rejects(ensureLibraries({ cacheDir, maven }), { code: 'STACK_START_FAILED', message: /no route to host/ });
      assert.deepEqual(readdirSync(cacheDir), []);
    });

    it('leave nothing behind when the fetch is interrupted', async () => {
      const cacheDir = join(dir, 'cache');
      const maven = join(dir, 'mvn');
      writeFileSync(maven, `#!/bin/sh\n[ "$1" = -v ] && { echo "Apache Maven 3.9.0"; exit 0; }\ntouch ${dir}/begun; sleep 60\n`, {
        mode: 0o755,
      });
      const interruption = new AbortController();
      const fetch = ensureLibraries({ cacheDir, maven, signal: interruption.signal });
      await eventually('Maven runs', () => (existsSync(join(dir, 'begun')) ? true : undefined));
      interruption.abort();
      await assert.rejects(fetch, { code: 'INTERRUPTED' });
      assert.deepEqual(readdirSync(cacheDir), []);
    });
  });
});
