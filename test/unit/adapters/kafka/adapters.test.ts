import assert from 'node:assert/strict';
import { EpeeError, isRefusal } from '@epee/errors';
import { isRebalance, kafkaLogFields, topicSpecs } from '@epee/kafka';
import kafkajs from 'kafkajs';
import { isFenced, isPassing, ownCause, reaching, reasonOf, unreachable } from '../../../../shared/adapters/kafka/client/errors.ts';
import { toLogEntry } from '../../../../shared/adapters/kafka/client/log-adapter.ts';
import { refusalOf } from '../../../../shared/adapters/kafka/client/refusals.ts';
import { toBatch } from '../../../../shared/adapters/kafka/consuming/batches.ts';
import { heartbeatIntervalMs } from '../../../../shared/adapters/kafka/consuming/membership.ts';
import { createPulse } from '../../../../shared/adapters/kafka/consuming/pulse.ts';
import { sendAll, sendOne } from '../../../../shared/adapters/kafka/producing/sending.ts';

const protocolError = (type: string) => Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
const wrapped = (cause: unknown) => Object.assign(new Error('retries exceeded', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });

describe('errors of the client library', () => {
  it('are told apart through the wrappers that the library puts around them', () => {
    for (const type of ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'])
      assert.ok(isRebalance(wrapped(protocolError(type))));
    assert.ok(!isRebalance(protocolError('INVALID_PRODUCER_EPOCH')));
    assert.ok(isFenced(wrapped(protocolError('INVALID_PRODUCER_EPOCH'))));
    assert.ok(!isFenced(new Error('INVALID_PRODUCER_EPOCH')));
  });

  it('pass with time, but for credentials, rights and features', () => {
    assert.ok(isPassing(wrapped(protocolError('NOT_LEADER_FOR_PARTITION'))));
    assert.ok(!isPassing(wrapped(protocolError('GROUP_AUTHORIZATION_FAILED'))));
    assert.ok(!isPassing(protocolError('UNSUPPORTED_VERSION')));
    assert.ok(!isPassing(Object.assign(new Error('x'), { name: 'KafkaJSSASLAuthenticationError' })));
    assert.ok(!isPassing(new TypeError('a mistake of ours')));
  });

  it('are named by type or code, never by their message', () => {
    assert.equal(reasonOf(wrapped(protocolError('MESSAGE_TOO_LARGE'))), 'MESSAGE_TOO_LARGE');
    assert.equal(reasonOf(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
    assert.equal(reasonOf(new RangeError('secret')), 'RangeError');
    assert.equal(reasonOf('secret'), 'unknown');
    const circular = new Error('a');
    circular.cause = circular;
    assert.equal(reasonOf(circular), 'Error');
  });

  it('hold our own error where one arose inside the library', () => {
    const own = new EpeeError('RECORD_TOO_LARGE', 'm', { stage: 'decode' });
    assert.equal(ownCause(wrapped(own)), own);
    assert.equal(ownCause(wrapped(new Error('x'))), null);
  });

  it('become KAFKA_UNREACHABLE with the brokers and the reason', () => {
    const error = unreachable(['a:1', 'b:2'], Object.assign(new Error('x'), { code: 'ETIMEDOUT' }));
    assert.equal(error.code, 'KAFKA_UNREACHABLE');
    assert.match(error.message, /a:1,b:2.*ETIMEDOUT/);
  });

  it('become so around work, but errors of ours stay what they are', async () => {
    const fails = (error: unknown) => reaching({ brokers: ['a:1'], sasl: null }, () => Promise.reject(error));
    await assert.rejects(fails(protocolError('LEADER_NOT_AVAILABLE')), { code: 'KAFKA_UNREACHABLE' });
    const fenced = new EpeeError('KAFKA_FENCED', 'm', { stage: 'publish', cause: protocolError('INVALID_PRODUCER_EPOCH') });
    await assert.rejects(fails(fenced), fenced);
    await assert.rejects(fails(new RangeError('x')), RangeError);
  });
});

describe('log adapter', () => {
  const { ERROR } = kafkajs.logLevel;

  it('keeps listed fields of plain kinds only', () => {
    const entry = toLogEntry(ERROR, 'Runner', {
      message: 'Crash',
      groupId: 'g',
      topic: 't',
      partition: 1,
      error: 'clinical text',
      stack: 'text',
      topicPartitions: [{}],
    });
    assert.deepEqual(entry, { level: 'error', message: 'Crash', fields: { namespace: 'Runner', groupId: 'g', topic: 't', partition: 1 } });
  });

  it('does not call it an error that a transaction is still being ended', () => {
    const message =
      'Failed to send messages: The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing';
    assert.equal(toLogEntry(ERROR, 'Producer', { message }).level, 'debug');
    assert.equal(toLogEntry(ERROR, 'Connection', { message: 'Response AddPartitionsToTxn(key: 24, version: 1)' }).level, 'debug');
    assert.equal(toLogEntry(ERROR, 'Producer', { message: 'Failed to send messages: not leader' }).level, 'error');
  });

  it('makes words of messages, as loggers take them', () => {
    const fields = kafkaLogFields({
      level: 'error',
      message: 'Connection error: ECONNREFUSED (127.0.0.1)',
      fields: { namespace: 'Connection', broker: 'a:1', retryCount: 2 },
    });
    assert.match(fields.action, /^[A-Za-z0-9._:/@+,[\]-]+$/);
    assert.equal(fields.address, 'a:1');
    assert.equal(fields.attempts, 2);
    assert.equal(fields.topic, undefined);
  });
});

describe('batches', () => {
  it('keep bytes, wide offsets and the first of repeated headers', () => {
    const value = Buffer.from([0, 255]);
    const message = {
      offset: '9007199254740993',
      key: null,
      value,
      timestamp: '17',
      attributes: 0,
      batchContext: { partitionLeaderEpoch: 4 },
      headers: { a: [Buffer.from('1'), Buffer.from('2')], b: 'x', c: undefined },
    };
    const batch = {
      topic: 't',
      partition: 2,
      highWatermark: '9007199254740999',
      fetchedOffset: '9007199254740990',
      messages: [message],
      rawMessages: [message, { batchContext: { partitionLeaderEpoch: 5 } }],
      lastOffset: () => '9007199254740995',
    } as unknown as kafkajs.Batch;
    const { log, ...rest } = toBatch(batch, 7);
    assert.deepEqual({ id: log.id, start: log.start }, { id: null, start: 0n }, 'nothing is known of it');
    assert.deepEqual(rest, {
      topic: 't',
      partition: 2,
      epoch: 7,
      fetchedFrom: 9007199254740990n,
      records: [
        {
          offset: 9007199254740993n,
          key: null,
          value,
          headers: { a: Buffer.from('1'), b: Buffer.from('x') },
          timestampMs: 17,
          leaderEpoch: 4,
        },
      ],
      lastOffset: 9007199254740995n,
      highWatermark: 9007199254740999n,
      lastEpoch: 5,
    });
  });
});

describe('sending', () => {
  const send = (partition: number) => ({ topic: 't', partition, records: [{ key: 'k', value: null }] });
  const answer = (over: object) => [{ topicName: 't', partition: 0, errorCode: 0, baseOffset: '5', ...over }];

  it('trusts only an answer that names the partition', async () => {
    const sender = (reply: unknown[]) => ({ send: async () => reply as kafkajs.RecordMetadata[] });
    assert.equal(await sendOne(sender(answer({})), send(0), { sasl: null }), 5n);
    for (const reply of [
      [],
      answer({ partition: 1 }),
      answer({ topicName: 'u' }),
      answer({ errorCode: 6 }),
      answer({ baseOffset: undefined }),
    ]) {
      await assert.rejects(sendOne(sender(reply), send(0), { sasl: null }), { code: 'KAFKA_SEND_FAILED' });
    }
  });

  it('names one partition a send, waits for all acknowledgements, and keeps the order within a partition', async () => {
    const sent: { partition: number; acks: number }[] = [];
    const sender = {
      send: async ({ messages, acks }: kafkajs.ProducerRecord) => {
        const partitions = new Set(messages.map(({ partition }) => partition));
        assert.equal(partitions.size, 1);
        await new Promise((resolve) => setImmediate(resolve));
        const partition = messages[0]!.partition!;
        sent.push({ partition, acks: acks! });
        return answer({ partition });
      },
    };
    await sendAll(sender, [send(1), send(0), send(1)], { sasl: null });
    assert.deepEqual(
      sent.map(({ partition }) => partition),
      [1, 0, 1],
    );
    assert.ok(sent.every(({ acks }) => acks === -1));
  });

  it('waits for every send to end before it fails', async () => {
    let ended = 0;
    const sender = {
      send: async ({ messages }: kafkajs.ProducerRecord) => {
        const partition = messages[0]!.partition!;
        if (partition === 0) throw new Error('lost');
        await new Promise((resolve) => setImmediate(resolve));
        ended++;
        return answer({ partition });
      },
    };
    await assert.rejects(sendAll(sender, [send(0), send(1), send(2)], { sasl: null }), /lost/);
    assert.equal(ended, 2);
  });
});

describe('refusals of the brokers', () => {
  const sasl = { mechanism: 'plain', username: 'worker', password: 'secret' } as const;
  const doing = { operation: 'Write', topic: 'results', group: 'g', transactionalId: 'g-notes-0' };

  for (const [type, code, resource] of [
    ['TOPIC_AUTHORIZATION_FAILED', 'KAFKA_FORBIDDEN', 'topic results'],
    ['GROUP_AUTHORIZATION_FAILED', 'KAFKA_FORBIDDEN', 'group g'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'KAFKA_FORBIDDEN', 'transactional id g-notes-0'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'KAFKA_FORBIDDEN', 'the cluster'],
    ['INVALID_CONFIG', 'KAFKA_CONFIG_REFUSED', 'topic results'],
  ] as const) {
    it(`${type} is ${code}, and says what was refused to whom`, () => {
      const error = refusalOf({ sasl }, wrapped(protocolError(type)), doing);
      assert.equal(error?.code, code);
      assert.deepEqual(error.details, { operation: 'Write', resource, principal: 'User:worker', reason: type });
      assert.ok(error.message.includes(resource) && !error.retriable && isRefusal(error));
    });
  }

  it('are found among the errors of several topics', () => {
    const several = Object.assign(new Error('several'), { name: 'KafkaJSAggregateError', errors: [protocolError('POLICY_VIOLATION')] });
    assert.equal(refusalOf({ sasl: null }, several, doing)?.code, 'KAFKA_CONFIG_REFUSED');
  });

  it('are told from outages', () => {
    for (const type of ['NOT_LEADER_FOR_PARTITION', 'MESSAGE_TOO_LARGE', 'INVALID_PRODUCER_EPOCH'])
      assert.equal(refusalOf({ sasl: null }, protocolError(type), doing), null);
  });

  it('of the account itself name it, and never its password', () => {
    const error = refusalOf({ sasl }, Object.assign(new Error('secret'), { name: 'KafkaJSSASLAuthenticationError' }), doing);
    assert.equal(error?.code, 'KAFKA_LOGIN_REFUSED');
    assert.ok(error.message.includes('User:worker') && !JSON.stringify([error.message, error.details, error.hint]).includes('secret'));
  });
});

describe('pulse', () => {
  it('ages by its clock until a beat, and numbers assignments upwards', () => {
    let now = 0;
    const pulse = createPulse(() => now);
    now = 50;
    assert.deepEqual([pulse.ageMs(), pulse.stallMs()], [50, 50]);
    pulse.beat();
    now = 60;
    assert.deepEqual([pulse.ageMs(), pulse.stallMs()], [10, 60]);
    pulse.progress();
    assert.equal(pulse.stallMs(), 0);
    const first = pulse.nextEpoch();
    assert.ok(pulse.nextEpoch() > first);
  });

  it('beats several times within any session', () => {
    for (const sessionMs of [6000, 30_000, 300_000]) assert.ok(heartbeatIntervalMs(sessionMs) * 5 < sessionMs);
  });
});

describe('topicSpecs', () => {
  const maxBytes = (noteMaxBytes: number) =>
    topicSpecs({ notes: 'n', results: 'r', deadLetters: 'd', partitions: 4, replication: 3 }, noteMaxBytes).map((spec) =>
      Number(spec.config?.['max.message.bytes']),
    );

  it('has room for the longest note, more for its result, and for the note as a dead letter', () => {
    for (const noteMaxBytes of [1, 1_048_576, 16_777_216]) {
      const [notes, results, deadLetters] = maxBytes(noteMaxBytes) as [number, number, number];
      assert.ok(notes > noteMaxBytes && deadLetters > notes && results > 2 * notes);
    }
  });

  it('lets the broker set the time of records', () => {
    const specs = topicSpecs({ notes: 'n', results: 'r', deadLetters: 'd', partitions: 4, replication: 3 }, 10);
    assert.deepEqual(
      specs.map(({ name, partitions, replication }) => [name, partitions, replication]),
      [
        ['n', 4, 3],
        ['r', 4, 3],
        ['d', 4, 3],
      ],
    );
    assert.ok(specs.every(({ config }) => config?.['message.timestamp.type'] === 'LogAppendTime'));
  });
});
