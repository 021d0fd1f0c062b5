import assert from 'node:assert/strict';
import { type OutgoingRecord, partitionForKey, planSends, planSubBatches, recordBytes, SEND_LIMITS } from '@epee/stream';
import fc from 'fast-check';

const sizes = fc.array(fc.nat({ max: 1000 }), { maxLength: 200 });
const limits = fc.record({ maxRecords: fc.integer({ min: 1, max: 50 }), maxBytes: fc.integer({ min: 1, max: 3000 }) });

describe('planSubBatches', () => {
  it('covers everything once, in order, within the limits', () => {
    fc.assert(
      fc.property(sizes, limits, (items, limit) => {
        const ranges = planSubBatches(items, limit);
        let at = 0;
        for (const { start, end } of ranges) {
          assert.equal(start, at);
          assert.ok(end > start);
          assert.ok(end - start <= limit.maxRecords);
          const bytes = items.slice(start, end).reduce((sum, size) => sum + size, 0);
          assert.ok(end - start === 1 || bytes <= limit.maxBytes);
          at = end;
        }
        assert.equal(at, items.length);
      }),
    );
  });

  it('does not cut where the next item would still fit', () => {
    fc.assert(
      fc.property(sizes, limits, (items, limit) => {
        const ranges = planSubBatches(items, limit);
        for (const { start, end } of ranges.slice(0, -1)) {
          const bytes = items.slice(start, end + 1).reduce((sum, size) => sum + size, 0);
          assert.ok(end - start === limit.maxRecords || bytes > limit.maxBytes);
        }
      }),
    );
  });

  it('lets an item over the limit stand alone', () => {
    assert.deepEqual(planSubBatches([1, 100, 1, 1], { maxRecords: 10, maxBytes: 10 }), [
      { start: 0, end: 1 },
      { start: 1, end: 2 },
      { start: 2, end: 4 },
    ]);
  });
});

describe('planSends', () => {
  const record: fc.Arbitrary<OutgoingRecord> = fc.record({
    key: fc.option(fc.string({ maxLength: 8 }), { nil: null }),
    value: fc.option(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      { nil: null },
    ),
  });

  it('sends every record once, to the partition of its key, in order', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 100 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat({ max: 50 }),
        (records, partitions, keyless) => {
          const sends = planSends({ topic: 't', partitions, records, keylessPartition: keyless }, { maxRecords: 7, maxBytes: 500 });
          for (let partition = 0; partition < partitions; partition++) {
            const expected = records.filter(
              ({ key }) => (key === null ? keyless % partitions : partitionForKey(key, partitions)) === partition,
            );
            const sent = sends.filter((send) => send.partition === partition).flatMap((send) => send.records);
            assert.deepEqual(sent, expected);
          }
          assert.equal(
            sends.reduce((sum, send) => sum + send.records.length, 0),
            records.length,
          );
        },
      ),
    );
  });

  it('keeps to 1,000 records and to three quarters of a mebibyte a send', () => {
    const value = Buffer.alloc(500);
    const records = Array.from({ length: 5000 }, () => ({ key: 'k', value }));
    for (const send of planSends({ topic: 't', partitions: 1, records, keylessPartition: 0 })) {
      assert.ok(send.records.length <= 1000);
      assert.ok(send.records.reduce((sum, one) => sum + recordBytes(one), 0) <= SEND_LIMITS.maxBytes);
    }
  });
});

describe('recordBytes', () => {
  it('counts key, value and headers in UTF-8 bytes', () => {
    const bare = recordBytes({ key: null, value: null });
    assert.equal(recordBytes({ key: 'å', value: Buffer.alloc(10) }), bare + 12);
    assert.ok(recordBytes({ key: null, value: null, headers: { name: 'value' } }) >= bare + 9);
  });
});
