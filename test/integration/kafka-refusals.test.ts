import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EpeeError } from '@epee/errors';
import { createKafka, type Kafka, type KafkaAdmin } from '@epee/kafka';
import kafkajs from 'kafkajs';
import { type LocalKafka, startKafka } from '../../deploy/local/index.ts';
import { eventually, openScene, type Scene } from './worker-support/scene.ts';
import { startTestWorker } from './worker-support/start.ts';

const { AclOperationTypes: OPERATION, AclResourceTypes: RESOURCE } = kafkajs;
const ACCOUNTS = { clerk: 'clerk-secret', worker: 'worker-secret' };

type Right = readonly [resource: kafkajs.AclResourceTypes, name: string, operation: kafkajs.AclOperationTypes];

describe('Kafka that refuses', function () {
  this.timeout(240_000);
  let dir: string;
  let broker: LocalKafka;
  let chief: kafkajs.Admin;
  let admin: KafkaAdmin;
  let topic: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'epee-refusals-'));
    broker = await startKafka({ dir: join(dir, 'kafka'), heapMb: 256, startMs: 230_000, accounts: ACCOUNTS });
    chief = new kafkajs.Kafka({ brokers: [broker.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await chief.connect();
    admin = await createKafka({ brokers: [broker.bootstrap], clientId: 'chief', tls: null, sasl: null }).admin();
  });

  after(async () => {
    await admin?.close();
    await chief?.disconnect();
    await broker?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    topic = `refusals-${randomUUID().slice(0, 8)}`;
    await admin.ensureTopics([{ name: topic, partitions: 1, replication: 1, config: { 'max.message.bytes': '100000' } }]);
  });

  const as = (username: keyof typeof ACCOUNTS, password = ACCOUNTS[username]): Kafka =>
    createKafka({ brokers: [broker.loginBootstrap], clientId: 'epee-test', tls: null, sasl: { mechanism: 'plain', username, password } });

  const grant = (username: keyof typeof ACCOUNTS, rights: readonly Right[]) =>
    chief.createAcls({
      acl: rights.map(([resourceType, resourceName, operation]) => ({
        resourceType,
        resourceName,
        resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
        principal: `User:${username}`,
        host: '*',
        operation,
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
      })),
    });

  const refused = (operation: string, resource: string, principal: string) => (error: unknown) => {
    const { code, details } = error as EpeeError;
    assert.deepEqual([code, details.operation, details.resource, details.principal], ['KAFKA_FORBIDDEN', operation, resource, principal]);
    return true;
  };

  it('says which account it does not let in', async () => {
    await assert.rejects(as('clerk', 'wrong').checkReachable(), (error: EpeeError) => {
      assert.equal(error.code, 'KAFKA_LOGIN_REFUSED');
      assert.match(error.message, /User:clerk/);
      return true;
    });
  });

  it('says what it does not accept of a topic to be made', async () => {
    await assert.rejects(
      admin.ensureTopics([{ name: `${topic}-odd`, partitions: 1, replication: 1, config: { 'retention.ms': 'soon' } }]),
      {
        code: 'KAFKA_CONFIG_REFUSED',
      },
    );
  });

  it('stops what goes to a topic without a right, and nothing else of the same producer', async () => {
    const forbidden = `${topic}-forbidden`;
    await admin.ensureTopics([{ name: forbidden, partitions: 1, replication: 1 }]);
    await grant('clerk', [
      [RESOURCE.TOPIC, topic, OPERATION.WRITE],
      [RESOURCE.TOPIC, forbidden, OPERATION.DESCRIBE],
    ]);
    const producer = await as('clerk').producer();
    const record = { key: 'a', value: Buffer.from('x') };
    await assert.rejects(producer.send(forbidden, [record]), refused('Write', `topic ${forbidden}`, 'User:clerk'));
    assert.equal((await producer.send(topic, [record]))[0]?.offset, 0n);
    await producer.close();
  });

  it('takes a send in parts where the topic takes less than the account may know', async () => {
    await grant('clerk', [[RESOURCE.TOPIC, topic, OPERATION.WRITE]]);
    const producer = await as('clerk').producer();
    const records = Array.from({ length: 400 }, (_, at) => ({ key: `k${at}`, value: Buffer.alloc(2000) }));
    const positions = await producer.send(topic, records);
    assert.deepEqual(
      positions.map(({ offset }) => offset),
      records.map((_, at) => BigInt(at)),
    );
    await assert.rejects(producer.send(topic, [{ key: 'big', value: Buffer.alloc(200_000) }]), { code: 'RECORD_TOO_LARGE' });
    await producer.close();
    assert.equal((await admin.offsets(topic))[0]?.high, 400n);
  });

  it('takes a transaction in parts, and names the record that can never fit', async () => {
    const id = `${topic}-writer`;
    await grant('clerk', [
      [RESOURCE.TOPIC, topic, OPERATION.WRITE],
      [RESOURCE.TRANSACTIONAL_ID, id, OPERATION.WRITE],
    ]);
    const writer = as('clerk').exclusive(id);
    await writer.open();
    const send = (count: number, bytes: number) => ({
      topic,
      partition: 0,
      records: Array.from({ length: count }, (_, at) => ({ key: `k${at}`, value: Buffer.alloc(bytes) })),
    });
    await writer.write([send(200, 2000)]);
    // A commit is answered before its marker is written.
    await eventually('all records and the marker', async () => ((await admin.offsets(topic))[0]?.high === 201n ? true : undefined));
    await assert.rejects(writer.write([send(1, 200_000)]), (error: EpeeError) => {
      assert.equal(error.details.refusedTopic, topic);
      assert.ok(Number(error.details.refusedBytes) > 200_000);
      return true;
    });
    await writer.close();
  });

  describe('a worker', () => {
    let scene: Scene;
    let previous: string | undefined;

    beforeEach(async () => {
      previous = process.env.EPEE_TEST_KAFKA_BROKERS;
      process.env.EPEE_TEST_KAFKA_BROKERS = broker.bootstrap;
      scene = await openScene({ partitions: 1 });
    });

    afterEach(async () => {
      await scene?.close();
      if (previous === undefined) delete process.env.EPEE_TEST_KAFKA_BROKERS;
      else process.env.EPEE_TEST_KAFKA_BROKERS = previous;
    });

    const rights = ({ options: { topics, consumer } }: Scene): Readonly<Record<string, Right>> => ({
      input: [RESOURCE.TOPIC, topics.notes, OPERATION.READ],
      group: [RESOURCE.GROUP, consumer.group, OPERATION.READ],
      transactions: [RESOURCE.TRANSACTIONAL_ID, `${consumer.group}-${topics.notes}-0`, OPERATION.WRITE],
      results: [RESOURCE.TOPIC, topics.results, OPERATION.WRITE],
      deadLetters: [RESOURCE.TOPIC, topics.deadLetters, OPERATION.WRITE],
      seesResults: [RESOURCE.TOPIC, topics.results, OPERATION.DESCRIBE],
    });

    for (const [lacking, operation, resource] of [
      ['group', 'Read', (scene) => `group ${scene.options.consumer.group}`],
      ['transactions', 'Write', (scene) => `transactional id ${scene.options.consumer.group}-${scene.options.topics.notes}-0`],
      ['results', 'Write', (scene) => `topic ${scene.options.topics.results}`],
    ] as readonly [string, string, (scene: Scene) => string][]) {
      it(`ends with the right that it lacks: ${lacking}`, async () => {
        const granted = Object.entries(rights(scene)).filter(([name]) => name !== lacking);
        await grant(
          'worker',
          granted.map(([, right]) => right),
        );
        await scene.publishNotes(3);
        const worker = await startTestWorker({ ...scene, kafka: as('worker') });
        await assert.rejects(worker.done, refused(operation, resource(scene), 'User:worker'));
      });
    }
  });
});
