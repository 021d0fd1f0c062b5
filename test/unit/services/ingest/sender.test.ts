import assert from 'node:assert/strict';
import type { InputRecord } from '@epee/avro';
import { createSender } from '../../../../services/ingest/publishing/sender.ts';

const record = (key: string, bytes = 10): InputRecord => ({ key, value: Buffer.alloc(bytes), headers: {} });

/** A publish that the test answers by hand. */
function gated() {
  const batches: { keys: string[]; bytes: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  const publish = (records: readonly InputRecord[]) =>
    new Promise<void>((resolve, reject) => {
      const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
      batches.push({ keys: records.map(({ key }) => key), bytes, resolve, reject });
    });
  return { batches, publish };
}

const settled = async (work: Promise<unknown>) => {
  let done = false;
  const mark = () => {
    done = true;
  };
  work.then(mark, mark);
  await new Promise(setImmediate);
  return done;
};

describe('sender', () => {
  it('publishes everything once, in order, in batches of at most 500', async () => {
    const { batches, publish } = gated();
    const sender = createSender(publish, 1e9);
    const keys = Array.from({ length: 1201 }, (_, index) => `k${index}`);
    for (const key of keys) await sender.add(record(key));
    const finished = sender.finish();
    assert.deepEqual(
      batches.map(({ keys: sent }) => sent.length),
      [500, 500, 201],
    );
    assert.deepEqual(
      batches.flatMap(({ keys: sent }) => sent),
      keys,
    );
    for (const { resolve } of batches) resolve();
    await finished;
    assert.equal(sender.acknowledged(), 1201);
  });

  it('counts as acknowledged only what the brokers have acknowledged', async () => {
    const { batches, publish } = gated();
    const sender = createSender(publish, 1e9);
    await sender.add(record('a', 300_000));
    assert.equal(sender.acknowledged(), 0);
    batches[0]!.resolve();
    await sender.finish();
    assert.equal(sender.acknowledged(), 1);
  });

  it('waits while the window is full, so that memory is bounded', async () => {
    const { batches, publish } = gated();
    const sender = createSender(publish, 1_000_000);
    for (let index = 0; index < 3; index++) await sender.add(record('a', 300_000));
    const fourth = sender.add(record('b', 300_000));
    assert.equal(await settled(fourth), false);
    batches[0]!.resolve();
    assert.equal(await settled(fourth), true);
  });

  it('accepts a record larger than the window when nothing else is in flight', async () => {
    const { batches, publish } = gated();
    const sender = createSender(publish, 1000);
    const added = sender.add(record('a', 500_000));
    assert.equal(await settled(added), false);
    batches[0]!.resolve();
    await added;
    await sender.finish();
    assert.equal(sender.acknowledged(), 1);
  });

  it('stops at the first failure and throws it, but counts the acknowledged records', async () => {
    const { batches, publish } = gated();
    const sender = createSender(publish, 1e9);
    await sender.add(record('a', 300_000));
    await sender.add(record('b', 300_000));
    batches[1]!.reject(new Error('no broker'));
    await new Promise(setImmediate);
    await assert.rejects(sender.add(record('c', 300_000)), /no broker/);
    assert.equal(batches.length, 2);
    batches[0]!.resolve();
    await assert.rejects(sender.finish(), /no broker/);
    assert.equal(sender.acknowledged(), 1);
  });
});
