import assert from 'node:assert/strict';
import { type PartitionSend, SEND_LIMITS } from '@epee/stream';
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
const laneOn = (write: (send: PartitionSend) => Promise<bigint>) =>
  createLane({ write, limits: () => SEND_LIMITS, isTooLarge: () => false });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('lane', () => {
  it('sends one at a time, and together what came meanwhile, each answered with its own offset', async () => {
    const { sends, send } = partition();
    const lane = laneOn(send);
    const first = lane(of(1));
    const later = [lane(of(2)), lane(of(3))];
    assert.deepEqual(
      sends.map(({ records }) => records),
      [1],
    );
    sends[0]!.let();
    assert.deepEqual(await first, [100n]);
    await turn();
    assert.deepEqual(
      sends.map(({ records }) => records),
      [1, 5],
    );
    sends[1]!.let();
    assert.deepEqual(await Promise.all(later), [
      [101n, 102n],
      [103n, 104n, 105n],
    ]);
  });

  it('lets no send grow beyond 1,000 records or three quarters of a mebibyte', async () => {
    const { sends, send } = partition();
    const lane = laneOn(send);
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
    const lane = laneOn(send);
    const first = lane(of(1));
    sends[0]!.let(new Error('lost'));
    await assert.rejects(first, /lost/);
    const next = lane(of(1));
    await turn();
    sends[1]!.let();
    assert.deepEqual(await next, [100n]);
  });

  describe('on a topic that takes less than was planned', () => {
    /** Takes sends of up to so many bytes; somebody else writes between any two of them. */
    function smallTopic(maxBytes: number) {
      const written: string[][] = [];
      let end = 0n;
      const write = async ({ records }: PartitionSend) => {
        if (records.reduce((sum, { value }) => sum + value!.length, 0) > maxBytes) throw new Error('too large');
        written.push(records.map(({ key }) => String(key)));
        end += 10n;
        return end;
      };
      const isTooLarge = (error: unknown) => (error as Error).message === 'too large';
      return { written, lane: createLane({ write, limits: () => SEND_LIMITS, isTooLarge }) };
    }
    const keyed = (keys: string, bytes: number): PartitionSend => ({
      topic: 't',
      partition: 0,
      records: [...keys].map((key) => ({ key, value: Buffer.alloc(bytes) })),
    });

    it('writes a send in parts, in order, and answers the offset of each record', async () => {
      const { written, lane } = smallTopic(200);
      assert.deepEqual(await lane(keyed('abcde', 100)), [10n, 11n, 20n, 30n, 31n]);
      assert.deepEqual(written, [['a', 'b'], ['c'], ['d', 'e']]);
    });

    it('fails the record alone that can never fit, and none that travelled with it', async () => {
      const { written, lane } = smallTopic(200);
      const first = lane(keyed('z', 1));
      const all = [keyed('a', 100), keyed('b', 300), keyed('c', 100), keyed('d', 100)].map(lane);
      await first;
      const ended = await Promise.allSettled(all);
      assert.deepEqual(
        ended.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      assert.deepEqual(written.flat().join(''), 'zacd');
    });
  });
});
