import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { batchOf, logOf, memoryStore, PARTITION, projectorOn, record, recordingControl, records } from '../fakes.ts';

const down = () => new EpeeError('REDIS_UNREACHABLE', 'down', { stage: 'project' });

describe('partition projector', () => {
  it('commits and goes on only after Redis has acknowledged', async () => {
    const store = memoryStore();
    const { projector } = projectorOn(store);
    const { control, done } = recordingControl({ commit: async (next) => void done.push(`commit ${next} with ${store.stored} stored`) });
    await projector.onBatch(batchOf(0n, records(0, 3)), control);
    assert.deepEqual(store.projected, [0n, 1n, 2n, 3n]);
    assert.deepEqual(done, ['commit 4 with 3 stored', 'resolve 4']);
  });

  it('takes markers at the end of a batch for projected', async () => {
    const store = memoryStore();
    const { control, done } = recordingControl();
    await projectorOn(store).projector.onBatch(batchOf(0n, records(0, 3), { lastOffset: 4n, highWatermark: 5n }), control);
    assert.equal(store.stored, 4n);
    assert.deepEqual(done, ['commit 5', 'resolve 5']);
  });

  it('cuts a large batch and commits each part', async () => {
    const { control, done } = recordingControl();
    await projectorOn(memoryStore()).projector.onBatch(batchOf(0n, records(0, 1199)), control);
    assert.deepEqual(done, ['commit 500', 'resolve 500', 'commit 1000', 'resolve 1000', 'commit 1200', 'resolve 1200']);
  });

  it('stops between two parts when it is asked to', async () => {
    const { control, done } = recordingControl({ active: () => done.length < 2 });
    await projectorOn(memoryStore()).projector.onBatch(batchOf(0n, records(0, 1199)), control);
    assert.deepEqual(done, ['commit 500', 'resolve 500']);
  });

  it('goes back to what Redis lacks on the first batch of an assignment', async () => {
    const store = memoryStore(4n);
    const { control, done } = recordingControl();
    const { projector } = projectorOn(store);
    await projector.onBatch(batchOf(10n, records(10, 12)), control);
    assert.deepEqual(done, ['seek 5']);
    await projector.onBatch(batchOf(5n, records(5, 12)), control);
    assert.deepEqual(store.projected, [5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n]);
  });

  it('goes on from the group offset where Redis is ahead of it', async () => {
    const store = memoryStore(20n);
    const { control, done } = recordingControl();
    await projectorOn(store).projector.onBatch(batchOf(10n, records(10, 12), { highWatermark: 30n }), control);
    assert.deepEqual(done, ['commit 13', 'resolve 13']);
    assert.equal(store.stored, 20n);
  });

  it('goes on where what Redis lacks is no longer on the topic', async () => {
    const store = memoryStore();
    const { control, done } = recordingControl();
    await projectorOn(store, { low: 10n }).projector.onBatch(batchOf(10n, records(10, 12)), control);
    assert.deepEqual(done, ['commit 13', 'resolve 13']);
  });

  it('goes back when Redis loses what it had acknowledged', async () => {
    const store = memoryStore();
    const { projector } = projectorOn(store);
    const { control, done } = recordingControl();
    await projector.onBatch(batchOf(0n, records(0, 9)), control);
    store.stored = 3n;
    await projector.onBatch(batchOf(10n, records(10, 12)), control);
    store.stored = null;
    await projector.onBatch(batchOf(4n, records(4, 12)), control);
    assert.deepEqual(done, ['commit 10', 'resolve 10', 'seek 4', 'seek 0']);
    assert.deepEqual(
      store.projected,
      records(0, 9).map(({ offset }) => offset),
    );
  });

  it('moves neither the group’s offset back nor dead letters out again while it reads again', async () => {
    const store = memoryStore(1n);
    const { projector, buried } = projectorOn(store);
    const { control, done } = recordingControl();
    await projector.onBatch(batchOf(6n, records(6, 7)), control);
    await projector.onBatch(batchOf(2n, [record(2n), record(3n, 'bad'), record(4n), record(5n)], { highWatermark: 9n }), control);
    await projector.onBatch(batchOf(6n, [record(6n), record(7n, 'bad'), record(8n)]), control);
    assert.deepEqual(done, ['seek 2', 'resolve 6', 'commit 9', 'resolve 9']);
    assert.deepEqual(buried, [7n]);
  });

  it('forgets the offset of a topic that was made anew', async () => {
    const store = memoryStore(1_000n);
    const { control, done } = recordingControl();
    await projectorOn(store).projector.onBatch(batchOf(0n, records(0, 2)), control);
    assert.equal(store.resets, 1);
    assert.deepEqual(done, ['commit 3', 'resolve 3']);
    assert.equal(store.stored, 2n);
  });

  describe('on a log that is not what it was', () => {
    const former = { log: logOf('aa') };
    const present = { log: logOf('bb') };

    it('begins another life where the topic was made anew, though the stored offset is in the new log', async () => {
      const store = memoryStore();
      const { projector, metrics } = projectorOn(store);
      const { control, done } = recordingControl();
      await projector.onBatch(batchOf(0n, records(0, 4), former), control);
      await projector.onBatch(batchOf(5n, records(5, 9), present), control);
      await projector.onBatch(batchOf(0n, records(0, 9), present), control);
      assert.deepEqual(done, ['commit 5', 'resolve 5', 'seek 0', 'commit 10', 'resolve 10']);
      assert.deepEqual(
        store.projected.slice(5),
        records(0, 9).map(({ offset }) => offset),
      );
      assert.equal(store.life?.number, 2n);
      assert.match(await metrics.text(), /epee_projector_log_errors_total\{topic="results",partition="3",kind="anew"\} 1/);
    });

    it('buries records of another life, whatever was handled of the former one', async () => {
      const { projector, buried } = projectorOn(memoryStore());
      await projector.onBatch(batchOf(0n, records(0, 4), former), recordingControl().control);
      await projector.onBatch(batchOf(0n, [record(0n, 'bad'), record(1n)], present), recordingControl().control);
      assert.deepEqual(buried, [0n]);
    });

    it('goes on in the same life after a restart', async () => {
      const store = memoryStore();
      await projectorOn(store).projector.onBatch(batchOf(0n, records(0, 4), former), recordingControl().control);
      const { control, done } = recordingControl();
      await projectorOn(store).projector.onBatch(batchOf(5n, records(5, 9), former), control);
      assert.deepEqual(done, ['commit 10', 'resolve 10']);
      assert.equal(store.life?.number, 1n);
    });

    it('takes an offset that was stored without a life for one of the present log', async () => {
      const store = memoryStore(4n);
      const { control, done } = recordingControl();
      await projectorOn(store).projector.onBatch(batchOf(5n, records(5, 9), former), control);
      assert.deepEqual(done, ['commit 10', 'resolve 10']);
    });

    it('reads on in the life that another projector has begun', async () => {
      const store = memoryStore();
      const { projector } = projectorOn(store);
      const { control, done } = recordingControl();
      await projector.onBatch(batchOf(0n, records(0, 4), former), control);
      store.life = { id: 'aa', number: 9n };
      store.stored = null;
      await projector.onBatch(batchOf(5n, records(5, 6), former), control);
      await projector.onBatch(batchOf(0n, records(0, 6), former), control);
      assert.deepEqual(
        done.slice(2),
        ['seek 0', 'commit 5', 'resolve 5', 'commit 7', 'resolve 7'].filter((step) => !step.endsWith(' 5')),
      );
    });

    it('counts results that were gone before they were projected, once, and not the markers that it had passed', async () => {
      const store = memoryStore();
      const { projector, metrics } = projectorOn(store);
      const { control, done } = recordingControl();
      await projector.onBatch(batchOf(0n, records(0, 4), former), control);
      const cut = { log: logOf('aa', 12n) };
      const refused = { ...PARTITION, epoch: 1, position: 7n, ...cut };
      assert.equal(await projector.onOutOfRange(refused, control), 12n);
      assert.equal(await projectorOn(store).projector.onOutOfRange(refused, control), 12n);
      await projector.onBatch(batchOf(12n, records(12, 14), cut), control);
      assert.deepEqual(done.slice(2), ['commit 15', 'resolve 15']);
      assert.match(await metrics.text(), /epee_projector_gap_records_total\{topic="results",partition="3"\} 5/);
    });

    it('reads a topic that was made anew with fewer records from its start', async () => {
      const store = memoryStore();
      const { projector } = projectorOn(store);
      const { control, done } = recordingControl();
      await projector.onBatch(batchOf(0n, records(0, 4), former), control);
      assert.equal(await projector.onOutOfRange({ ...PARTITION, epoch: 1, position: 5n, ...present }, control), 0n);
      await projector.onBatch(batchOf(0n, records(0, 2), present), control);
      assert.deepEqual(done.slice(2), ['commit 3', 'resolve 3']);
    });
  });

  it('buries a record that cannot be read and projects the others', async () => {
    const store = memoryStore();
    const { projector, buried, metrics } = projectorOn(store);
    await projector.onBatch(batchOf(0n, [record(0n), record(1n, 'bad'), record(2n)]), recordingControl().control);
    assert.deepEqual(buried, [1n]);
    assert.deepEqual(store.projected, [0n, 2n]);
    assert.match(await metrics.text(), /epee_projector_dead_letter_records_total\{code="AVRO_INVALID",stage="decode"\} 1/);
  });

  it('waits for Redis and says so meanwhile', async () => {
    const store = memoryStore();
    store.errors.push(down(), down());
    const { projector } = projectorOn(store);
    const troubles: unknown[] = [];
    const { control, done } = recordingControl({ heartbeat: async () => void troubles.push(projector.trouble()?.code ?? null) });
    await projector.onBatch(batchOf(0n, records(0, 1)), control);
    assert.deepEqual(troubles, [null, 'REDIS_UNREACHABLE', 'REDIS_UNREACHABLE']);
    assert.deepEqual(done, ['commit 2', 'resolve 2']);
    assert.equal(projector.trouble(), null);
  });

  it('leaves the batch undone when it stops while it waits', async () => {
    const store = memoryStore();
    store.errors.push(...Array.from({ length: 20 }, down));
    const { projector } = projectorOn(store);
    const { control, done } = recordingControl({ active: () => store.errors.length > 15 });
    await projector.onBatch(batchOf(0n, records(0, 1)), control);
    assert.deepEqual(done, []);
    assert.equal(projector.trouble(), null);
  });

  it('lets a rebalance pass', async () => {
    const rebalance = new Error('rebalance');
    const { control } = recordingControl({ heartbeat: () => Promise.reject(rebalance) });
    await assert.rejects(projectorOn(memoryStore()).projector.onBatch(batchOf(0n, records(0, 1)), control), rebalance);
  });

  it('reads the stored offset anew in each assignment', async () => {
    const store = memoryStore();
    const { projector } = projectorOn(store);
    const { control, done } = recordingControl();
    await projector.onBatch(batchOf(0n, records(0, 1)), control);
    store.stored = 20n;
    await projector.onBatch(batchOf(21n, records(21, 22), { epoch: 2 }), control);
    assert.deepEqual(done.slice(2), ['commit 23', 'resolve 23']);
  });

  it('says what it knows', async () => {
    const { projector } = projectorOn(memoryStore());
    assert.deepEqual(projector.knowledge(1), { kind: 'nothing' });
    const { control } = recordingControl({
      commit: async () => assert.deepEqual(projector.knowledge(1), { kind: 'busy' }),
    });
    await projector.onBatch(batchOf(0n, records(0, 1)), control);
    assert.deepEqual(projector.knowledge(1), { kind: 'acknowledged', offset: 1n });
    assert.deepEqual(projector.knowledge(2), { kind: 'nothing' });
    projector.adopt(2, 7n, null);
    assert.deepEqual(projector.knowledge(2), { kind: 'acknowledged', offset: 7n });
  });
});
