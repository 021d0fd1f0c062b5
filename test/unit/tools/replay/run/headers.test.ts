import assert from 'node:assert/strict';
import { type ReplayHead, readHead, toHeaders } from '../../../../../tools/replay/run/headers.ts';

describe('headers of replay records', () => {
  const head: ReplayHead = {
    run: 'r',
    variant: 'A',
    origin: { partition: 3, offset: 2n ** 60n, timeMs: 1_772_354_400_000 },
    rows: '{}',
    code: null,
  };

  it('say run, variant and origin', () => {
    const headers = Object.fromEntries(Object.entries(toHeaders(head, 'notes')).map(([name, value]) => [name, Buffer.from(value)]));
    assert.deepEqual(readHead({ headers }), head);
    assert.equal(headers['epee-origin-topic']!.toString(), 'notes');
  });

  it('of other records are none', () => {
    assert.equal(readHead({ headers: {} }), null);
    const headers = { 'epee-run': Buffer.from('r'), 'epee-variant': Buffer.from('A'), 'epee-origin-partition': Buffer.from('x') };
    assert.equal(readHead({ headers }), null);
  });
});
