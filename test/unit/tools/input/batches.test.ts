import assert from 'node:assert/strict';
import { inBatches, mapInOrder } from '../../../../tools/input/batches.ts';

async function* of<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** A source that gives an item only when told to. */
function byHand<T>() {
  const waiting: ((result: IteratorResult<T>) => void)[] = [];
  let returned = false;
  const source: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise((resolve) => waiting.push(resolve)),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return {
    source,
    give: (value: T) => waiting.shift()!({ done: false, value }),
    end: () => waiting.shift()!({ done: true, value: undefined as never }),
    returned: () => returned,
  };
}

const limits = { maxItems: 3, maxSize: 10, sizeOf: (item: number) => item, lingerMs: 60_000 };

describe('inBatches', () => {
  it('closes a batch by number and by size, never leaving an item out', async () => {
    assert.deepEqual(await all(inBatches(of(1, 1, 1, 1, 9, 2, 20, 1), limits)), [[1, 1, 1], [1, 9], [2], [20], [1]]);
  });

  it('gives nothing for an empty source', async () => assert.deepEqual(await all(inBatches(of<number>(), limits)), []));

  it('passes on what is there when the source pauses', async () => {
    const hand = byHand<number>();
    const batches = inBatches(hand.source, { ...limits, lingerMs: 0 });
    const first = batches.next();
    hand.give(1);
    assert.deepEqual((await first).value, [1]);
    const second = batches.next();
    hand.give(2);
    assert.deepEqual((await second).value, [2]);
    const last = batches.next();
    hand.end();
    assert.equal((await last).done, true);
  });

  it('passes on the error of the source', async () => {
    async function* failing() {
      yield 1;
      throw new Error('broken');
    }
    await assert.rejects(all(inBatches(failing(), limits)), /broken/);
  });
});

describe('mapInOrder', () => {
  it('answers in the order of the items, whichever is done first', async () => {
    const gates = new Map<number, () => void>();
    const answers = all(mapInOrder(of(1, 2, 3), 3, (item) => new Promise<number>((resolve) => gates.set(item, () => resolve(item * 10)))));
    await new Promise(setImmediate);
    for (const item of [3, 1, 2]) gates.get(item)!();
    assert.deepEqual(await answers, [10, 20, 30]);
  });

  it('answers while the source pauses', async () => {
    const hand = byHand<number>();
    const answers = mapInOrder(hand.source, 3, async (item) => item * 10);
    const first = answers.next();
    hand.give(1);
    assert.equal((await first).value, 10);
    const second = answers.next();
    await new Promise(setImmediate);
    hand.give(2);
    assert.equal((await second).value, 20);
    const last = answers.next();
    await new Promise(setImmediate);
    hand.end();
    assert.equal((await last).done, true);
  });

  it('closes its source when nobody takes more', async () => {
    const hand = byHand<number>();
    const answers = mapInOrder(hand.source, 1, async (item) => item);
    const first = answers.next();
    hand.give(1);
    await first;
    await answers.return(undefined);
    assert.equal(hand.returned(), true);
  });

  it('works on no more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    };
    await all(mapInOrder(of(...Array(20).keys()), 4, work));
    assert.equal(most, 4);
  });

  it('ends with the first error and waits for the works that had begun', async () => {
    const done: number[] = [];
    const work = async (item: number) => {
      await new Promise(setImmediate);
      if (item === 2) throw new Error('second');
      done.push(item);
    };
    await assert.rejects(all(mapInOrder(of(1, 2, 3, 4, 5), 3, work)), /second/);
    assert.deepEqual(done, [1, 3, 4]);
  });
});
