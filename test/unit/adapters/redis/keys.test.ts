import assert from 'node:assert/strict';
import { hashedId, OFFSETS_KEY, patientKey, resultKey, STREAM_KEY } from '@epee/redis';

/** The part of a key that Redis Cluster hashes. Source: Redis Cluster specification, "Hash tags". */
function hashTag(key: string): string {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  return open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key;
}

describe('Redis keys', () => {
  it('hold a digest, never an id', () => {
    assert.equal(hashedId('MRN-1'), '51e38f2271877b9fa93893dfae238380');
    assert.match(resultKey('MRN-1'), /^epee:result:\{[0-9a-f]{32}\}$/);
    assert.match(patientKey(hashedId('PAT-1')), /^epee:patient:\{[0-9a-f]{32}\}$/);
  });

  it('differ for different ids', () => {
    assert.notEqual(resultKey('a'), resultKey('b'));
  });

  it('of the stream and of its offsets lie in one slot, as one script needs both', () => {
    assert.equal(hashTag(OFFSETS_KEY), hashTag(STREAM_KEY));
  });
});
