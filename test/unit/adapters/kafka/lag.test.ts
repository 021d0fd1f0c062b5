import assert from 'node:assert/strict';
import type { ConsumeOptions, FetchedBatch, KafkaAdmin, PartitionEnds } from '@epee/kafka';
import { watchLag } from '@epee/kafka';
import { followPositions } from '../../../../shared/adapters/kafka/consuming/positions.ts';
import { NO_LOG, recordAt } from '../../services/worker/support.ts';

const noControl = { async heartbeat() {}, resolve() {}, seek() {}, async commit() {}, pause() {}, active: () => true };
const batchAt = (from: bigint, count: number, over: Partial<FetchedBatch> = {}): FetchedBatch => {
  const records = Array.from({ length: count }, (_, at) => recordAt(from + BigInt(at), { timestampMs: 1000 }));
  return {
    topic: 't',
    partition: 0,
    epoch: 1,
    fetchedFrom: from,
    records,
    lastOffset: from + BigInt(count) - 1n,
    highWatermark: 100n,
    lastEpoch: null,
    log: NO_LOG,
    ...over,
  };
};

/** A member that owns partition 0, and a cluster that ends where it is told. */
function scene() {
  let handle: ConsumeOptions['onBatch'] = async () => {};
  const positions = followPositions({
    group: 'g',
    topics: ['t'],
    sessionTimeoutMs: 1,
    onBatch: (batch, control) => handle(batch, control),
  });
  const own = (...partitions: number[]) =>
    positions.options.onAssignment!({ epoch: 1, partitions: partitions.map((partition) => ({ topic: 't', partition })) });
  let ends: PartitionEnds[] = [{ partition: 0, low: 10n, stable: 100n, high: 100n }];
  let looks = 0;
  const admin = {
    async ends() {
      looks++;
      return ends;
    },
    committed: async () => [{ partition: 0, offset: null }],
    close: async () => {},
  } as unknown as KafkaAdmin;
  const watch = watchLag({
    kafka: { admin: async () => admin },
    readings: [
      { group: 'g', topic: 't', member: { positions: positions.list } },
      { group: 'g', topic: 't' },
    ],
    surroundings: { nowMs: () => 5000, monotonicMs: () => performance.now() },
    everyMs: 5,
  });
  const looked = async () => {
    for (const before = looks; looks < before + 2; ) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return {
    positions,
    own,
    watch,
    looked,
    end: (now: PartitionEnds) => {
      ends = [now];
    },
    on: (next: ConsumeOptions['onBatch']) => {
      handle = next;
    },
  };
}

describe('lag', () => {
  it('is told before anything was committed, from the first record that is kept', async () => {
    const { own, watch, looked } = scene();
    own(0);
    await looked();
    assert.deepEqual(
      watch.owned().map(({ partition, records, blocked }) => ({ partition, records, blocked })),
      [{ partition: 0, records: 90n, blocked: 0n }],
    );
    await watch.stop();
  });

  it('follows what is done of a batch, and tells how old the first record is that is not', async () => {
    const { positions, own, watch, looked, on } = scene();
    own(0);
    await looked();
    const seen: [bigint, number][] = [];
    on(async (_batch, control) => {
      control.resolve(50n);
      const { records, ageMs } = watch.owned()[0]!;
      seen.push([records, ageMs]);
      control.resolve(60n);
    });
    await positions.options.onBatch(batchAt(40n, 20), noControl);
    assert.equal(seen[0]![0], 50n);
    assert.ok(seen[0]![1] >= 4000);
    assert.equal(watch.owned()[0]!.records, 40n);
    await watch.stop();
  });

  it('is 0 when only markers and aborted records were left', async () => {
    const { positions, own, watch, looked } = scene();
    own(0);
    positions.options.onSkipped!({ topic: 't', partition: 0 }, 100n);
    await looked();
    assert.deepEqual(
      watch.owned().map(({ records, ageMs }) => [records, ageMs]),
      [[0n, 0]],
    );
    await watch.stop();
  });

  it('counts from where a partition resumes whose position is outside of its log', async () => {
    const { positions, own, watch, looked } = scene();
    own(0);
    const refused = { topic: 't', partition: 0, epoch: 1, position: 5000n, log: { ...NO_LOG, start: 30n } };
    assert.equal(await positions.options.onOutOfRange!(refused, noControl), 30n);
    await looked();
    assert.deepEqual(
      watch.owned().map(({ records }) => records),
      [70n],
    );
    await watch.stop();
  });

  it('tells what is behind an open transaction apart', async () => {
    const { positions, own, watch, looked, end } = scene();
    own(0);
    positions.options.onSkipped!({ topic: 't', partition: 0 }, 70n);
    end({ partition: 0, low: 10n, stable: 70n, high: 100n });
    await looked();
    assert.deepEqual(
      watch.owned().map(({ records, blocked }) => [records, blocked]),
      [[30n, 30n]],
    );
    await watch.stop();
  });

  it('of a partition that went to another member is told no more, that of the group is', async () => {
    const { own, watch, looked } = scene();
    own(0);
    await looked();
    own();
    assert.deepEqual(watch.owned(), []);
    assert.deepEqual(
      watch.groups().map(({ records }) => records),
      [90n],
    );
    await watch.stop();
  });
});
