import assert from 'node:assert/strict';
import { KINDS } from '../fuzz/records.ts';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import { testKafkaOptions } from './worker-support/scene.ts';

const RECORDS = 3000;

describe('a worker under fuzzed records', function () {
  this.timeout(240_000);

  it(`makes exactly one dead letter of each of ${RECORDS}, and does not die`, async () => {
    const report = await runFuzz({ brokers: testKafkaOptions().brokers, records: RECORDS, seed: 1, signal: new AbortController().signal });
    assert.deepEqual(report.problems, []);
    assert.equal(report.crashes, 0);
    assert.equal(report.deadLetters + report.results, RECORDS);
    assert.equal(report.results, RECORDS / 50);
    assert.deepEqual(Object.keys(report.byKind).sort(), [...KINDS].sort());
    for (const code of [
      'AVRO_INVALID',
      'TEXT_INVALID_UTF8',
      'RECORD_FRAMING_INVALID',
      'RECORD_EMPTY',
      'SCHEMA_UNKNOWN',
      'SCHEMA_INCOMPATIBLE',
      'TEXT_EMPTY',
      'TEXT_TOO_LARGE',
      'RECORD_INVALID',
      'POLICY_UNKNOWN',
    ]) {
      assert.ok(report.byCode[code]! > 0, code);
    }
  });
});
