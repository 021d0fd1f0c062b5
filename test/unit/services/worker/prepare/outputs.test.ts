import assert from 'node:assert/strict';
import { type Destination, outputOf } from '../../../../../services/worker/prepare/outputs.ts';
import { recordAt } from '../support.ts';

const destination = (topic: string): Destination => ({
  topic,
  partitions: 2,
  maxBytes: 10_000,
  limits: { maxRecords: 10, maxBytes: 10_000 },
});

describe('the output of a sub-batch', () => {
  it('counts on the attempts of a record that was sent again', () => {
    const failure = { code: 'AVRO_INVALID', stage: 'decode', message: 'm' } as const;
    const again = { 'epee-attempts': Buffer.from('2'), 'epee-history': Buffer.from('TEXT_EMPTY@1,AVRO_INVALID@2') };
    const prepared = [recordAt(1n), recordAt(2n, { headers: again })].map((record) => ({ record, failure }));
    const { sends } = outputOf(prepared, {
      origin: { topic: 'notes', partition: 0 },
      results: destination('results'),
      deadLetters: destination('dead'),
      timeMs: 3,
    });
    const headers = new Map(
      sends.flatMap(({ records }) => records.map(({ headers }) => [headers!['epee-origin-offset'], headers!] as const)),
    );
    assert.deepEqual([headers.get('1')?.['epee-attempts'], headers.get('1')?.['epee-history']], ['1', undefined]);
    assert.deepEqual([headers.get('2')?.['epee-attempts'], headers.get('2')?.['epee-history']], ['3', 'TEXT_EMPTY@1,AVRO_INVALID@2']);
  });
});
