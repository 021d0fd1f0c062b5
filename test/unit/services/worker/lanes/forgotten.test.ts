import assert from 'node:assert/strict';
import type { KafkaAdmin, PartitionLag } from '@epee/kafka';
import { warnOfForgotten } from '../../../../../services/worker/lanes/forgotten.ts';
import { failing, silent } from '../support.ts';

/** What is warned of where the group is so far on its partitions 0 and 1. */
async function warned(lag: () => Promise<readonly PartitionLag[]>) {
  const lines: object[] = [];
  const admin = async () => ({ lag, close: async () => {} }) as unknown as KafkaAdmin;
  const partitions = [0, 1].map((partition) => ({ topic: 'notes', partition }));
  await warnOfForgotten(
    { admin },
    { group: 'g', topic: 'notes', partitions },
    { ...silent, warn: (_: string, fields: object = {}) => lines.push(fields) },
  );
  return lines;
}

describe('forgotten offsets', () => {
  it('are warned of with the records that are read again, in the own partitions', async () => {
    const lines = await warned(async () => [
      { partition: 0, committed: null, lag: 7n },
      { partition: 1, committed: null, lag: 3n },
      { partition: 2, committed: null, lag: 100n },
    ]);
    assert.deepEqual(lines, [{ group: 'g', topic: 'notes', partitions: 2, count: 10n }]);
  });

  it('are none where the group has an offset, or nothing to read', async () => {
    const lags = [
      { partition: 0, committed: 5n, lag: 7n },
      { partition: 1, committed: null, lag: 0n },
    ];
    assert.deepEqual(await warned(async () => lags), []);
  });

  it('keep nobody from work', async () => assert.deepEqual(await warned(() => Promise.reject(failing('KAFKA_UNREACHABLE'))), []));
});
