import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPTIONS } from '@epee/config';
import { parse } from 'yaml';
import { composeDown, composeUp, dockerAnswers } from '../../../deploy/local/index.ts';
import { kafkaProperties } from '../../../deploy/local/kafka-properties.ts';

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

describe('docker-compose.yml', () => {
  const text = readFileSync(root('docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
  const own = ['ingest', 'worker', 'projector', 'jobs'] as const;

  it('describes the servers and the services', () => {
    assert.deepEqual(Object.keys(services).sort(), ['ingest', 'jobs', 'kafka', 'projector', 'redis', 'trainer', 'worker']);
  });

  it('publishes every port on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    assert.equal(ports.length, 6);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('checks the health of every server and service, and starts them in that order', () => {
    for (const name of ['kafka', 'redis', ...own]) assert.ok(services[name]?.healthcheck, name);
    for (const name of own) assert.equal(services[name]?.depends_on?.kafka?.condition, 'service_healthy');
    for (const name of ['projector', 'jobs']) assert.equal(services[name]?.depends_on?.redis?.condition, 'service_healthy');
  });

  it('asks each service for its health on the port that the service is given', () => {
    for (const name of own) {
      const port = services[name]?.environment?.[`EPEE_${name.toUpperCase()}_PORT`];
      assert.ok(services[name]?.healthcheck?.test.join(' ').includes(`:${port}/health`), name);
      assert.deepEqual(services[name]?.ports, [`127.0.0.1:${port}:${port}`]);
    }
  });

  it('names only options that exist, and programs and files that exist', () => {
    for (const name of own) {
      for (const option of Object.keys(services[name]?.environment ?? {})) assert.ok(Object.hasOwn(OPTIONS, option), option);
      assert.ok(existsSync(root(services[name]?.command?.[0] ?? 'missing')), name);
    }
    for (const { build } of Object.values(services)) if (build !== undefined) assert.ok(existsSync(root(build.dockerfile)));
  });

  it('runs the Kafka version that the stack without Docker runs, with the same limits', () => {
    assert.equal(
      services.kafka?.image,
      `apache/kafka:${/<artifactId>kafka_2.13<\/artifactId>\s*<version>([^<]+)/.exec(readFileSync(root('deploy/local/pom.xml'), 'utf8'))?.[1]}`,
    );
    const node = { nodeId: 1, port: 1, controllerPort: 2 };
    const local = kafkaProperties(node, [node], '/data');
    for (const name of [
      'message.max.bytes',
      'auto.create.topics.enable',
      'transaction.state.log.replication.factor',
      'offsets.topic.num.partitions',
    ]) {
      const inCompose = services.kafka?.environment?.[`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`];
      assert.ok(local.includes(`\n${name}=${inCompose}\n`), `${name}: ${inCompose}`);
    }
  });

  it('lets Redis keep every write and evict nothing', () => {
    const command = services.redis?.command?.join(' ');
    assert.match(command!, /--appendonly yes/);
    assert.match(command!, /--maxmemory-policy noeviction/);
  });
});

describe('Dockerfiles', () => {
  for (const name of ['Dockerfile', 'Dockerfile.trainer']) {
    const lines = readFileSync(root(`deploy/docker/${name}`), 'utf8').split('\n');

    it(`${name} copies only what exists`, () => {
      const copied = lines
        .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
        .flatMap((line) => line.split(' ').slice(1, -1));
      assert.ok(copied.length > 0);
      for (const path of copied) assert.ok(existsSync(root(path)), path);
    });

    it(`${name} runs each of its images as another user than root, and a program that exists`, () => {
      const users = lines.flatMap((line, at) => (line.startsWith('ENTRYPOINT ') ? [lines[at - 1]] : []));
      assert.ok(users.length > 0);
      for (const user of users) assert.match(user!, /^USER (?!root$)/);
      for (const [program] of lines.join('\n').matchAll(/services\/[a-z]+\/main\.js/g)) assert.ok(existsSync(root(program)), program);
    });
  }
});

describe('Docker Compose', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-docker-'));
  const calls = join(dir, 'calls');
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** Stands for Docker's client and writes down how it is called. */
  const client = (body: string) => {
    const path = join(dir, 'docker');
    writeFileSync(path, `#!/bin/sh\necho "$@" >> ${calls}\n${body}\n`);
    chmodSync(path, 0o755);
    rmSync(calls, { force: true });
    return path;
  };
  const called = () => readFileSync(calls, 'utf8').trim().split('\n');

  it('is used when a daemon answers and Compose is there', async () => {
    assert.equal(await dockerAnswers({ docker: client('exit 0') }), true);
    assert.equal(await dockerAnswers({ docker: client('[ "$1" = info ] || exit 1') }), false);
    assert.equal(await dockerAnswers({ docker: client('[ "$1" = info ] && exit 1; exit 0') }), false);
    assert.equal(await dockerAnswers({ docker: join(dir, 'none') }), false);
  });

  it('starts Kafka and Redis and waits for their health', async () => {
    const docker = client('exit 0');
    await composeUp({ docker, composeFile: '/x/docker-compose.yml' });
    await composeDown({ docker, composeFile: '/x/docker-compose.yml' });
    assert.deepEqual(called(), [
      'compose --file /x/docker-compose.yml up --detach --wait kafka redis',
      'compose --file /x/docker-compose.yml down',
    ]);
  });

  it('ends with what Compose said when it fails', async () => {
    await assert.rejects(composeUp({ docker: client('echo "port is already allocated" >&2; exit 1') }), {
      code: 'STACK_START_FAILED',
      message: /port is already allocated/,
    });
  });
});
