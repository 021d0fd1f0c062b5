import assert from 'node:assert/strict';
import { isoTime, parseId, readLetter, reportOf } from '../../../../tools/dead-letters/letter.ts';
import { listHead, listRow } from '../../../../tools/dead-letters/list-dead-letters.ts';
import { deadLetterText } from '../../../../tools/dead-letters/read-dead-letter.ts';
import { letterRecord, letterWith } from './letters.ts';

const TEXT = 'Patient Agneta Lindqvist';

describe('reading a dead letter', () => {
  it('takes its headers', () => {
    const letter = readLetter(3, letterRecord(7n, { 'epee-policy': 'careful', 'epee-history': 'AVRO_INVALID@5' }));
    assert.deepEqual(letter, {
      partition: 3,
      offset: 7n,
      code: 'ENGINE_WORKER_DIED',
      stage: 'engine',
      message: 'died',
      origin: { topic: 'notes', partition: 2, offset: 40n },
      attempts: 1,
      history: [{ code: 'AVRO_INVALID', timeMs: 5 }],
      failedMs: 1_700_000_000_000,
      writtenMs: 1_700_000_001_000,
      policy: 'careful',
      keyBytes: 5,
      valueBytes: 5,
    });
  });

  it('repeats nothing of what somebody else wrote there', () => {
    const names = ['code', 'stage', 'origin-topic', 'origin-partition', 'attempts', 'time', 'policy', 'history', 'message'];
    const letter = readLetter(0, letterRecord(7n, Object.fromEntries(names.map((name) => [`epee-${name}`, TEXT]))));
    assert.ok(!JSON.stringify(letter, (_, value) => (typeof value === 'bigint' ? String(value) : value)).includes('Agneta'));
    assert.deepEqual([letter.code, letter.origin, letter.attempts], ['unknown', null, 1]);
  });

  it('names dead letters PARTITION:OFFSET', () => {
    assert.deepEqual(parseId('3:9223372036854775807'), { partition: 3, offset: 9223372036854775807n });
    for (const text of ['3', '3:', ':3', '-1:2', '1:2:3', 'a:b']) assert.throws(() => parseId(text), { code: 'USAGE_INVALID' });
    assert.equal(isoTime(8.64e15 + 1), '8640000000000001');
  });
});

describe('a dead letter as it is shown', () => {
  const report = reportOf(letterWith({ writtenMs: Date.parse('2026-03-01T08:09:10Z') }), 'open');

  it('is a row of two lines in a list that fits the terminal', () => {
    assert.deepEqual(listRow(report, 80).split('\n'), [
      '0:1           2026-03-01 08:09  ENGINE_WORKER_DIED                  1  open',
      '                                engine, notes:2:40',
    ]);
    const long = reportOf(letterWith({ code: 'X'.repeat(60), origin: { topic: 'y'.repeat(249), partition: 1, offset: 2n } }), 'retried');
    for (const width of [80, 100])
      for (const line of [listHead(width), listRow(long, width)].join('\n').split('\n')) assert.ok([...line].length <= width, line);
  });

  it('tells who settled it and why, and shows no bytes unless it has them', () => {
    const mark = { outcome: 'discarded', operator: 'ada', timeMs: 0, reason: 'test data', run: 'r', letterMs: 1 } as const;
    const text = deadLetterText({ ...report, mark });
    assert.match(text, /^state +discarded by ada, 1970-01-01T00:00:00\.000Z: test data$/m);
    assert.match(text, /^origin +topic notes, partition 2, offset 40$/m);
    assert.doesNotMatch(text, /doc-1/);
    const payload = { key: 'doc-1', valueBase64: 'Ynl0ZXM=', note: null };
    assert.match(deadLetterText({ ...report, mark: null, payload }), /\n\nkey +"doc-1"\nvalue \(base64\)\nYnl0ZXM=$/);
  });
});
