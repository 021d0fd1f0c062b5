import assert from 'node:assert/strict';
import type { KafkaProducer } from '@epee/kafka';
import { DEAD_LETTER_HEADERS, type OutgoingRecord } from '@epee/stream';
import { sendDeadLetters } from '../../../../../services/projector/projecting/dead-letters.ts';
import { PARTITION, record } from '../fakes.ts';

describe('dead letters of the projector', () => {
  const failure = { code: 'AVRO_INVALID', stage: 'decode', message: 'broken' } as const;
  const send = async (records: readonly ReturnType<typeof record>[], maxBytes = 1000) => {
    const sent: { topic: string; letters: readonly OutgoingRecord[] }[] = [];
    const producer = { send: async (topic: string, letters: readonly OutgoingRecord[]) => void sent.push({ topic, letters }) };
    await sendDeadLetters(
      records.map((failed) => ({ record: failed, failure })),
      PARTITION,
      { destination: { topic: 'dead', maxBytes }, producer: producer as unknown as KafkaProducer, nowMs: () => 42 },
    );
    return sent;
  };

  it('hold key and value as they were, and say why and where from', async () => {
    const [{ topic, letters } = { topic: '', letters: [] }] = await send([record(7n, 'bytes')]);
    assert.equal(topic, 'dead');
    assert.equal(letters[0]?.value?.toString(), 'bytes');
    assert.equal(letters[0]?.key?.toString(), 'key');
    const { code, originTopic, originPartition, originOffset, time } = DEAD_LETTER_HEADERS;
    const headers = letters[0]?.headers ?? {};
    assert.deepEqual(
      [code, originTopic, originPartition, originOffset, time].map((name) => headers[name]),
      ['AVRO_INVALID', 'results', '3', '7', '42'],
    );
  });

  it('leave out a value that the topic does not take, and say so', async () => {
    const [{ letters } = { letters: [] }] = await send([record(7n, 'x'.repeat(2000))]);
    assert.equal(letters[0]?.value, null);
    assert.match(
      letters[0]?.headers?.[DEAD_LETTER_HEADERS.message] ?? '',
      /^Its value of 2000 bytes is left out, as the dead letters take 1000; .* broken$/,
    );
  });

  it('are not sent where there are none', async () => {
    assert.deepEqual(await send([]), []);
  });
});
