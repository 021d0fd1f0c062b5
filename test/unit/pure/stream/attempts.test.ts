import assert from 'node:assert/strict';
import { deadLetter, formerAttempts, HISTORY_MAX_LENGTH, historyOf, historyText } from '@epee/stream';
import fc from 'fast-check';

const withHeaders = (headers: Record<string, string>) => ({
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)])),
});

describe('attempts of a record that was sent again', () => {
  it('are what its header says, and none where it says nothing sensible', () => {
    const cases: [Record<string, string>, number][] = [
      [{}, 0],
      [{ 'epee-attempts': '3' }, 3],
      [{ 'epee-attempts': '-1' }, 0],
      [{ 'epee-attempts': '1e9' }, 0],
      [{ 'epee-attempts': '99999999999' }, 0],
      [{ 'epee-attempts': 'Patient Agneta' }, 0],
    ];
    for (const [headers, attempts] of cases) assert.equal(formerAttempts(withHeaders(headers)), attempts);
  });

  it('keep their history through header and back, the latest ones of it', () => {
    const attempt = fc.record({ code: fc.constantFrom('AVRO_INVALID', 'TEXT_EMPTY'), timeMs: fc.nat() }, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 1, maxLength: 15 }), (attempts) => {
        const back = historyOf(withHeaders({ 'epee-history': historyText(attempts) }));
        assert.deepEqual(back, attempts.slice(-HISTORY_MAX_LENGTH));
      }),
    );
  });

  it('have no history where the header holds anything else', () => {
    for (const text of ['', 'Agneta', 'AVRO_INVALID@x', 'AVRO_INVALID@1,', `${'A@1,'.repeat(10)}A@1`]) {
      assert.deepEqual(historyOf(withHeaders({ 'epee-history': text })), [], text);
    }
  });

  it('go on in the next dead letter', () => {
    const record = { ...withHeaders({ 'epee-history': 'TEXT_EMPTY@5' }), offset: 1n, key: null, value: null, timestampMs: 0 };
    const origin = { topic: 't', partition: 0 };
    const failure = { code: 'AVRO_INVALID', stage: 'decode', message: 'm' } as const;
    assert.equal(deadLetter({ record, origin, failure, attempts: 2, timeMs: 6 }).headers?.['epee-history'], 'TEXT_EMPTY@5');
    const planted = { ...record, ...withHeaders({ 'epee-history': 'Agneta Lindqvist' }) };
    assert.equal(deadLetter({ record: planted, origin, failure, attempts: 2, timeMs: 6 }).headers?.['epee-history'], undefined);
  });
});
