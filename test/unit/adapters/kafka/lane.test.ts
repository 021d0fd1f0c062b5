import assert from 'node:assert/strict';
import type { PartitionSend } from '@epee/stream';
import { createLane } from '../../../../shared/adapters/kafka/producing/lane.ts';

/** A broker partition whose sends wait to be let through. */
function partition() {
  const sends: { records: number; let(error?: Error): void }[] = [];
  let end = 100n;
  const send = ({ records }: PartitionSend) =>
    new Promise<bigint>((resolve, reject) => {
      sends.push({
        records: records.length,
        let: (error) => {
          if (error !== undefined) return reject(error);
          resolve(end);
          end += BigInt(records.length);
        },
      });
    });
  return { sends, send };
}

const of = (count: number, bytes = 10): PartitionSend => ({
  topic: 't',
  partition: 0,
  records: Array.from({ length: count }, () => ({ key: 'k', value: Buffer.alloc(bytes) })),
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('lane', () => {
  it('sends one at a time, and together what came meanwhile, each answered with its own offset', async () => {
    const { sends, send } = partition();
    const lane = createLane(send);
    const first = lane(of(1));
    const later = [lane(of(2)), lane(of(3))];
    assert.deepEqual(
      sends.map(({ records }) => records),
      [1],
    );
    sends[0]!.let();
    assert.equal(await first, 100n);
    await turn();
    assert.deepEqual(
      sends.map(({ records }) => records),
      [1, 5],
    );
    sends[1]!.let();
    assert.deepEqual(await Promise.all(later), [101n, 103n]);
  });

  it('lets no send grow beyond 1,000 records or three quarters of a mebibyte', async () => {
    const { sends, send } = partition();
    const lane = createLane(send);
    const all = [lane(of(1)), lane(of(600)), lane(of(600)), lane(of(1, 700_000)), lane(of(1, 700_000))];
    for (let at = 0; at < 5; at++) {
      sends[at]?.let();
      await turn();
    }
    await Promise.all(all);
    assert.deepEqual(
      sends.map(({ records }) => records),
      [1, 600, 601, 1],
    );
  });

  it('fails those that travelled together and goes on with the next', async () => {
    const { sends, send } = partition();
    const lane = createLane(send);
    const first = lane(of(1));
    sends[0]!.let(new Error('lost'));
    await assert.rejects(first, /lost/);
    const next = lane(of(1));
    await turn();
    sends[1]!.let();
    assert.equal(await next, 100n);
  });
});
