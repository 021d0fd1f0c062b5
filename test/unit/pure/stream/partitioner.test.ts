import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { murmur2, partitionForKey } from '@epee/stream';
import fc from 'fast-check';

const libraryMurmur2 = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number;

describe('murmur2', () => {
  // UtilsTest.testMurmur2 of Apache Kafka's Java client.
  const VECTORS: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [key, hash] of VECTORS) {
    it(`gives ${key} the hash of the Java client`, () => assert.equal(murmur2(Buffer.from(key)), hash));
  }

  it('agrees with kafkajs on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const key = Buffer.from(bytes);
        assert.equal(murmur2(key), libraryMurmur2(key));
      }),
    );
  });
});

describe('partitionForKey', () => {
  it('stays within the partitions, and is the same for a text and its UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const partition = partitionForKey(key, partitions);
        assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions);
        assert.equal(partitionForKey(Buffer.from(key, 'utf8'), partitions), partition);
      }),
    );
  });
});
