import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { ExtractionResult } from '@epee/records';
import { readRecords } from '../../../../../services/projector/projecting/read-records.ts';
import { record } from '../fakes.ts';

describe('reading results', () => {
  const result = { documentId: 'd', version: 2n ** 60n, patientRef: 'p', processedAtMs: 5, kind: 'note' } as unknown as ExtractionResult;
  const failWith = (error: Error) => ({ decodeResult: () => Promise.reject(error) });

  it('makes what is projected, with a version that JSON cannot hold as text', async () => {
    const { entries, failures } = await readRecords([record(4n)], { decodeResult: async () => result });
    assert.deepEqual(failures, []);
    assert.deepEqual(entries, [
      {
        offset: 4n,
        documentId: 'd',
        version: 2n ** 60n,
        patientRef: 'p',
        processedAtMs: 5,
        json: '{"documentId":"d","version":"1152921504606846976","patientRef":"p","processedAtMs":5,"kind":"note"}',
      },
    ]);
  });

  it('reports a stored batch that could not be unpacked without decoding it', async () => {
    const failure = { code: 'RECORD_TOO_LARGE', stage: 'decode', message: 'm' } as const;
    const { failures } = await readRecords([{ ...record(4n), failure }], { decodeResult: async () => result });
    assert.deepEqual(
      failures.map((entry) => entry.failure),
      [failure],
    );
  });

  it('reports a record that is at fault, without the words of a foreign error', async () => {
    const own = await readRecords([record(1n)], failWith(new EpeeError('RECORD_EMPTY', 'empty', { stage: 'decode' })));
    assert.deepEqual(
      own.failures.map(({ failure }) => failure.code),
      ['RECORD_EMPTY'],
    );
    const foreign = await readRecords([record(1n)], failWith(new TypeError('the patient said')));
    assert.equal(foreign.failures[0]?.failure.message.includes('patient'), false);
  });

  it('does not blame a record for a registry that is down', async () => {
    const error = new EpeeError('SCHEMA_REGISTRY_UNREACHABLE', 'down', { stage: 'decode' });
    await assert.rejects(readRecords([record(1n)], failWith(error)), error);
  });
});
