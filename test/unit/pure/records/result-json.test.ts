import assert from 'node:assert/strict';
import { completeResult, resultToJson, validateNote } from '@epee/records';
import fc from 'fast-check';
import { results } from '../../adapters/avro/fixtures.ts';
import { sampleResult } from '../../services/cli/support.ts';

describe('completeResult', () => {
  it('leaves what this release stored as it is, in its order', () => {
    fc.assert(
      fc.property(results, (result) => {
        const json = JSON.stringify(resultToJson(result));
        assert.equal(JSON.stringify(completeResult(JSON.parse(json))), json);
      }),
    );
  });

  it('gives what an older release stored the defaults of what it lacks', () => {
    const { noteType, documentStatus, sourceIds, noteTimeMs, retraction, terminologies, ...older } = resultToJson(sampleResult());
    const entities = older.entities.map(({ assertion, codes, parsed, ...entity }) => entity);
    const events = older.events.map(({ assertion, ...event }) => event);
    assert.deepStrictEqual(completeResult({ ...older, entities, events }), resultToJson(sampleResult()));
  });
});

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
