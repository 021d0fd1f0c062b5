import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLocalStack } from '../../../deploy/local/stack-folder.ts';

describe('withLocalStack', () => {
  let folder: string;
  const record = {
    formatVersion: 1,
    mode: 'processes',
    owner: null,
    servers: [],
    kafkaBrokers: '127.0.0.1:1',
    redisUrl: 'redis://127.0.0.1:2',
  };
  const put = (more: object = {}) => writeFileSync(join(folder, 'stack.json'), JSON.stringify({ ...record, ...more }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-stack-folder-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('adds the addresses of the stack of epee up', () => {
    put();
    const expected = { A: 'a', EPEE_KAFKA_BROKERS: '127.0.0.1:1', EPEE_REDIS_URL: 'redis://127.0.0.1:2' };
    assert.deepEqual(withLocalStack({ A: 'a' }, [], folder), expected);
  });

  it('keeps addresses that are given', () => {
    put();
    assert.equal(withLocalStack({ EPEE_KAFKA_BROKERS: 'far:9' }, [], folder).EPEE_KAFKA_BROKERS, 'far:9');
  });

  it('adds nothing where no stack was started, or one that ends with its starter', () => {
    assert.deepEqual(withLocalStack({ A: 'a' }, [], folder), { A: 'a' });
    put({ owner: { pid: 1, startedAt: 'x' } });
    assert.deepEqual(withLocalStack({ A: 'a' }, [], folder), { A: 'a' });
  });

  describe('where an address is needed', () => {
    const both = ['EPEE_KAFKA_BROKERS', 'EPEE_REDIS_URL'] as const;

    it('refuses to guess one', () => {
      assert.throws(() => withLocalStack({}, both, folder), {
        code: 'STACK_NOT_RUNNING',
        message: /^No address of Kafka and Redis: EPEE_KAFKA_BROKERS and EPEE_REDIS_URL are not set, and no stack runs in /,
      });
      assert.throws(() => withLocalStack({ EPEE_KAFKA_BROKERS: 'far:9' }, both, folder), { message: /^No address of Redis: / });
    });

    it('does not take that of a server that has ended: its port may be somebody else\u2019s by now', () => {
      const ended = (name: string) => ({ name, port: 1, pid: 2 ** 22 + 1, startedAt: 'long ago' });
      put({ servers: [ended('redis')] });
      assert.throws(() => withLocalStack({}, both, folder), { message: /^No address of Redis: / });
      put({ servers: [ended('kafka-1')] });
      assert.throws(() => withLocalStack({}, both, folder), { message: /^No address of Kafka: / });
      assert.equal(withLocalStack({}, ['EPEE_REDIS_URL'], folder).EPEE_REDIS_URL, 'redis://127.0.0.1:2');
    });

    it('takes that of the running stack, or of the environment', () => {
      put();
      assert.equal(withLocalStack({}, both, folder).EPEE_KAFKA_BROKERS, '127.0.0.1:1');
      const env = { EPEE_KAFKA_BROKERS: 'far:9', EPEE_REDIS_URL: 'redis://far:8' };
      assert.deepEqual(withLocalStack(env, both, folder), env);
    });
  });
});
