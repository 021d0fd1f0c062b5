import assert from 'node:assert/strict';
import { isoTime, parseId, readLetter } from '../../../../tools/dead-letters/letter.ts';
import { isSelected, parseSelection, type SelectionFlags } from '../../../../tools/dead-letters/selection.ts';
import { letterRecord, letterWith } from './letters.ts';

const NOW = Date.parse('2026-03-02T00:00:00Z');
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

  it('names letters PARTITION:OFFSET', () => {
    assert.deepEqual(parseId('3:9223372036854775807'), { partition: 3, offset: 9223372036854775807n });
    for (const text of ['3', '3:', ':3', '-1:2', '1:2:3', 'a:b']) assert.throws(() => parseId(text), { code: 'USAGE_INVALID' });
    assert.equal(isoTime(8.64e15 + 1), '8640000000000001');
  });
});

describe('selecting dead letters', () => {
  const letter = letterWith({ code: 'AVRO_INVALID', stage: 'decode', writtenMs: NOW - 3_600_000 });
  const selects = (flags: SelectionFlags, ids: string[] = []) => isSelected(parseSelection(ids, flags, NOW), letter);

  it('meets all filters', () => {
    const cases: [SelectionFlags, boolean][] = [
      [{}, true],
      [{ code: ['AVRO_INVALID'] }, true],
      [{ code: ['TEXT_EMPTY'] }, false],
      [{ code: ['TEXT_EMPTY', 'AVRO_INVALID'], stage: ['decode'] }, true],
      [{ stage: ['engine'] }, false],
      [{ origin: 'notes' }, true],
      [{ origin: 'other' }, false],
      [{ origin: 'notes:2' }, true],
      [{ origin: 'notes:1' }, false],
      [{ origin: 'notes:2:40' }, true],
      [{ origin: 'notes:2:41-50' }, false],
      [{ origin: 'notes:2:30-40' }, true],
      [{ since: '2h' }, true],
      [{ since: '30m' }, false],
      [{ since: '60m', until: '2026-03-02T00:00Z' }, true],
      [{ until: '60m' }, false],
    ];
    for (const [flags, expected] of cases) assert.equal(selects(flags), expected, JSON.stringify(flags));
    assert.equal(selects({}, ['0:1']), true);
    assert.equal(selects({}, ['0:2', '1:1']), false);
  });

  it('refuses what it cannot read, and says what it takes', () => {
    const cases: [SelectionFlags, string[], RegExp][] = [
      [{ code: ['NO_SUCH'] }, [], /--code "NO_SUCH" is no error code/],
      [{ stage: ['nowhere'] }, [], /--stage "nowhere" is no stage; there are config/],
      [{ origin: 'a b' }, [], /--origin must be TOPIC/],
      [{ origin: 'notes:1:9-3' }, [], /9 is after 3/],
      [{ since: 'yesterday' }, [], /--since must be a time such as/],
      [{ since: '1h', until: '2h' }, [], /--since 1h is not before --until 2h/],
      [{ stage: ['engine'] }, ['0:1'], /Name dead letters, or filter them/],
    ];
    for (const [flags, ids, message] of cases) assert.throws(() => parseSelection(ids, flags, NOW), { code: 'USAGE_INVALID', message });
  });
});
