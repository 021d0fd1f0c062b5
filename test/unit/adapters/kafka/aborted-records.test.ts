import assert from 'node:assert/strict';
import { hideAborted, type LibraryRecord } from '../../../../shared/adapters/kafka/kafkajs-fixes/aborted-records.ts';

const record = (offset: number, producerId: string, inTransaction = true): LibraryRecord => ({
  offset: String(offset),
  key: Buffer.from('k'),
  isControlRecord: false,
  batchContext: { producerId, inTransaction },
});
const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): LibraryRecord => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});
const aborted = (producerId: string, firstOffset: number) => ({ producerId, firstOffset: String(firstOffset) });
const shown = (records: LibraryRecord[]) => records.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));

describe('records of aborted transactions', () => {
  it('are hidden where the one that began first ended last, as the broker lists them by their ends', () => {
    const records = [record(1, 'A'), record(2, 'A'), record(3, 'B'), marker(4, 'B', 'abort'), marker(5, 'A', 'abort'), record(6, 'A')];
    hideAborted(records, [aborted('B', 3), aborted('A', 1)]);
    assert.deepEqual(shown(records), [6]);
  });

  it('are hidden where several began before the first record of a fetch', () => {
    const records = [record(10, 'B'), record(11, 'A'), marker(12, 'A', 'abort'), marker(13, 'B', 'abort')];
    hideAborted(records, [aborted('A', 3), aborted('B', 5)]);
    assert.deepEqual(shown(records), []);
  });

  it('are told from what the same producer committed before and after, and from what others wrote meanwhile', () => {
    const records = [
      record(1, 'A'),
      marker(2, 'A', 'commit'),
      record(3, 'A'),
      record(4, 'C', false),
      marker(5, 'A', 'abort'),
      record(6, 'A'),
    ];
    hideAborted(records, [aborted('A', 3)]);
    assert.deepEqual(shown(records), [1, 4, 6]);
  });

  it('are told from a record whose key looks like a marker', () => {
    const records = [{ ...record(1, 'A'), key: Buffer.alloc(4) }, record(2, 'A'), marker(3, 'A', 'abort')];
    hideAborted(records, [aborted('A', 1)]);
    assert.deepEqual(shown(records), []);
  });
});
