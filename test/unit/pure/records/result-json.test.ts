import assert from 'node:assert/strict';
import { resultToJson, validateNote } from '@epee/records';
import fc from 'fast-check';
import { results } from '../../adapters/avro/fixtures.ts';

describe('resultToJson', () => {
  it('loses nothing in JSON', () => {
    fc.assert(
      fc.property(results, (result) => {
        const { version, ...rest } = JSON.parse(JSON.stringify(resultToJson(result)));
        assert.equal(BigInt(version), result.version);
        const { version: _, ...expected } = result;
        // JSON has no negative zero.
        assert.deepStrictEqual(rest, JSON.parse(JSON.stringify(expected)));
      }),
    );
  });

  it('writes versions in the form that validateNote reads', () => {
    for (const version of [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n]) {
      const [result] = fc.sample(results, 1);
      const json = resultToJson({ ...result!, version });
      assert.equal(typeof json.version, version < 2n ** 53n ? 'number' : 'string');
      const note = { documentId: 'd', text: 't', version: json.version };
      assert.equal(validateNote(note, { defaultSource: 's', receivedAtMs: 0, maxTextBytes: 10 }).version, version);
    }
  });
});
