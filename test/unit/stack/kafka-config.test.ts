import assert from 'node:assert/strict';
import { newClusterId } from '../../../deploy/local/kafka-data.ts';
import { metadataRequest, parseMetadata } from '../../../deploy/local/kafka-probe.ts';
import { kafkaProperties } from '../../../deploy/local/kafka-properties.ts';
import { redisArguments } from '../../../deploy/local/redis.ts';

describe('Kafka settings', () => {
  const nodes = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ nodeId: at + 1, port: 9000 + at, controllerPort: 9100 + at }));
  const propertiesOf = (count: number) =>
    Object.fromEntries(
      kafkaProperties(nodes(count)[0]!, nodes(count), '/data')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  it('listen on loopback only', () => {
    const { listeners, 'advertised.listeners': advertised, 'controller.quorum.voters': voters } = propertiesOf(3);
    const hosts = `${listeners},${advertised},${voters}`.match(/(?<=\/\/|@)[^:,]+/g);
    assert.ok(hosts!.length >= 6);
    assert.deepEqual([...new Set(hosts)], ['127.0.0.1']);
  });

  it('replicate internal topics as far as there are brokers', () => {
    const replication = (count: number) => {
      const properties = propertiesOf(count);
      return [
        properties['transaction.state.log.replication.factor'],
        properties['transaction.state.log.min.isr'],
        properties['offsets.topic.replication.factor'],
      ];
    };
    assert.deepEqual(replication(1), ['1', '1', '1']);
    assert.deepEqual(replication(3), ['3', '2', '3']);
  });

  it('accept a note of 1 MiB with its framing', () => {
    assert.ok(Number(propertiesOf(1)['message.max.bytes']) > 1024 * 1024);
  });

  it('have cluster ids that the format tool accepts', () => {
    for (let at = 0; at < 200; at++) assert.match(newClusterId(), /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  });
});

describe('Kafka probe', () => {
  const string = (text: string | null) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(text === null ? -1 : text.length);
    return Buffer.concat([length, Buffer.from(text ?? '')]);
  };
  const int = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const answer = (correlation: number) => {
    const broker = (id: number) => Buffer.concat([int(id), string('127.0.0.1'), int(9092), string(null)]);
    const body = Buffer.concat([int(correlation), int(2), broker(1), broker(2), string('cluster'), int(1), int(0)]);
    return Buffer.concat([int(body.length), body]);
  };

  it('sends its length first', () => {
    const request = metadataRequest();
    assert.equal(request.readInt32BE(0), request.length - 4);
  });

  it('reads cluster and brokers', () => {
    assert.deepEqual(parseMetadata(answer(7)), { clusterId: 'cluster', brokerIds: [1, 2] });
  });

  it('accepts no other answer', () => {
    assert.equal(parseMetadata(answer(8)), undefined);
    assert.equal(parseMetadata(Buffer.from('HTTP/1.1 400 Bad Request\r\n')), undefined);
    assert.equal(parseMetadata(answer(7).subarray(0, 30)), undefined);
  });
});

describe('Redis settings', () => {
  const options = redisArguments(6379, '/data');
  const settingOf = (name: string) => options[options.indexOf(`--${name}`) + 1];

  it('listen on loopback, keep every write and evict nothing', () => {
    assert.equal(settingOf('bind'), '127.0.0.1');
    assert.equal(settingOf('protected-mode'), 'yes');
    assert.equal(settingOf('appendonly'), 'yes');
    assert.equal(settingOf('maxmemory-policy'), 'noeviction');
  });
});
