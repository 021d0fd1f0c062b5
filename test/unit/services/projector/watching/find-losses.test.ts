import assert from 'node:assert/strict';
import type { TopicPartition } from '@epee/stream';
import { findLosses } from '../../../../../services/projector/watching/find-losses.ts';
import { batchOf, memoryStore, PARTITION, projectorOn, recordingControl, records } from '../fakes.ts';

describe('watch for losses', () => {
  const scene = ({ stored, committed, low = 0n }: { stored: bigint | null; committed: bigint | null; low?: bigint }) => {
    const store = memoryStore(stored);
    const { projector, buried } = projectorOn(store, { low });
    const seen = { seeks: [] as bigint[], asked: 0, closed: 0 };
    const admin = {
      committed: async () => [{ partition: 3, offset: committed }],
      offsets: async () => [{ partition: 3, low, high: 100n }],
      close: async () => void seen.closed++,
    };
    const look = (epoch = 1) =>
      findLosses(
        { epoch, partitions: [PARTITION] },
        {
          group: 'g',
          topic: PARTITION.topic,
          store,
          consumer: { seek: (_: TopicPartition, offset: bigint) => void seen.seeks.push(offset) },
          admin: async () => {
            seen.asked++;
            return admin;
          },
          projectorOf: () => projector,
        },
      );
    return { store, projector, buried, seen, look };
  };

  it('finds nothing where Redis has what the group has committed, and asks the group once', async () => {
    const { seen, look, projector } = scene({ stored: 9n, committed: 10n });
    assert.deepEqual(await look(), []);
    assert.deepEqual(await look(), []);
    assert.deepEqual(seen, { seeks: [], asked: 1, closed: 1 });
    assert.deepEqual(projector.knowledge(1), { kind: 'acknowledged', offset: 9n });
  });

  it('moves a partition back that got no batch yet', async () => {
    const { seen, look } = scene({ stored: null, committed: 10n });
    assert.deepEqual(await look(), [{ ...PARTITION, from: 0n }]);
    assert.deepEqual(seen.seeks, [0n]);
    assert.equal(seen.asked, seen.closed);
  });

  it('moves a partition back from which Redis lost what it had acknowledged', async () => {
    const { store, projector, seen, look } = scene({ stored: null, committed: null });
    await projector.onBatch(batchOf(0n, records(0, 9)), recordingControl().control);
    store.stored = 3n;
    assert.deepEqual(await look(), [{ ...PARTITION, from: 4n }]);
    assert.deepEqual(seen.seeks, [4n]);
    assert.deepEqual(await look(), []);
  });

  it('has nothing to go back to where the topic no longer has it', async () => {
    const { look, seen } = scene({ stored: null, committed: 10n, low: 10n });
    assert.deepEqual(await look(), []);
    assert.deepEqual(seen.seeks, []);
  });

  it('expects nothing of a group that has committed nothing', async () => {
    assert.deepEqual(await scene({ stored: null, committed: null }).look(), []);
  });

  it('leaves a partition alone on which a batch came meanwhile', async () => {
    const { store, projector, seen, look } = scene({ stored: null, committed: 10n });
    const stored = store.storedOffsets.bind(store);
    store.storedOffsets = async (partitions) => {
      const answer = await stored(partitions);
      store.storedOffsets = stored;
      store.stored = 9n;
      await projector.onBatch(batchOf(10n, records(10, 12)), recordingControl().control);
      return answer;
    };
    assert.deepEqual(await look(), []);
    assert.deepEqual(seen.seeks, []);
    assert.deepEqual(projector.knowledge(1), { kind: 'acknowledged', offset: 12n });
  });

  it('remembers what the group had handled, so that dead letters are not sent again', async () => {
    const { projector, buried, look } = scene({ stored: null, committed: 3n });
    await look();
    const { control, done } = recordingControl();
    const again = [...records(0, 0), { ...records(1, 1)[0]!, value: Buffer.from('bad') }, ...records(2, 3)];
    await projector.onBatch(batchOf(0n, again), control);
    assert.deepEqual(buried, []);
    assert.deepEqual(done, ['commit 4', 'resolve 4']);
  });
});
