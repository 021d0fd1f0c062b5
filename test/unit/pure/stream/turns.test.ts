import assert from 'node:assert/strict';
import { createTurns } from '@epee/stream';
import fc from 'fast-check';

/** Work of a user that comes after so many works of all were done; each work costs what stands in the list. */
interface Job {
  readonly user: string;
  readonly after: number;
  readonly costs: readonly number[];
}

/** Serves jobs one work at a time and tells, for each work, what was done for others while its user waited for it. */
function serve(jobs: readonly Job[]): { user: string; cost: number; waited: number }[] {
  const turns = createTurns();
  const queues = new Map<string, number[]>();
  const since = new Map<string, number>();
  const served: { user: string; cost: number; waited: number }[] = [];
  let clock = 0;
  let works = 0;
  const coming = [...jobs].sort((one, other) => one.after - other.after);
  for (;;) {
    while (coming.length > 0 && (coming[0]!.after <= works || queues.size === 0)) {
      const { user, costs } = coming.shift()!;
      if (!queues.has(user)) since.set(user, clock);
      queues.set(user, [...(queues.get(user) ?? []), ...costs]);
      turns.enter(user);
    }
    const [user] = turns.order();
    if (user === undefined) return served;
    turns.begin(user);
    const queue = queues.get(user)!;
    const cost = queue.shift()!;
    turns.charge(user, cost);
    served.push({ user, cost, waited: clock - since.get(user)! });
    clock += cost;
    works += 1;
    since.set(user, clock);
    if (queue.length > 0) continue;
    queues.delete(user);
    turns.leave(user);
  }
}

const MOST = 9;
const jobs = fc.array(
  fc.record({
    user: fc.constantFrom('a', 'b', 'c', 'd'),
    after: fc.nat({ max: 60 }),
    costs: fc.array(fc.integer({ min: 1, max: MOST }), { minLength: 1, maxLength: 40 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('turns', () => {
  it('serve everybody, and nobody waits for more than two of the largest works of each other user', () => {
    fc.assert(
      fc.property(jobs, (given) => {
        const served = serve(given);
        const sum = (list: readonly number[]) => list.reduce((total, cost) => total + cost, 0);
        assert.equal(sum(served.map(({ cost }) => cost)), sum(given.flatMap(({ costs }) => costs)));
        const others = new Set(given.map(({ user }) => user)).size - 1;
        for (const { user, waited } of served) assert.ok(waited <= 2 * MOST * others, `${user} waited for ${waited}`);
      }),
      { numRuns: 300 },
    );
  });

  it('give users that always wait equal shares, whatever one work costs', () => {
    const done = new Map<string, number>();
    const endless = ['a', 'b', 'c'].map((user, at) => ({ user, after: 0, costs: Array<number>(2000).fill(1 + 4 * at) }));
    for (const { user, cost } of serve(endless).slice(0, 2000)) done.set(user, (done.get(user) ?? 0) + cost);
    const [least, , most] = [...done.values()].sort((one, other) => one - other) as [number, number, number];
    assert.ok(most - least <= 2 * MOST, JSON.stringify([...done]));
  });

  it('take a newcomer next, however much waits', () => {
    const served = serve([
      { user: 'large', after: 0, costs: Array<number>(1000).fill(5) },
      { user: 'small', after: 500, costs: [5, 5] },
    ]);
    const at = served.flatMap(({ user }, index) => (user === 'small' ? [index] : []));
    assert.ok(
      at.every((index) => index <= 504),
      String(at),
    );
  });

  it('let nobody gain by leaving and coming back', () => {
    const turns = createTurns();
    turns.enter('large');
    let small = 0;
    for (let round = 0; round < 100; round++) {
      turns.enter('small');
      const [user] = turns.order();
      turns.begin(user!);
      turns.charge(user!, 1);
      if (user === 'small') small += 1;
      turns.leave('small');
    }
    assert.equal(small, 50);
  });

  it('save nothing up for who was away', () => {
    const turns = createTurns();
    for (const user of ['away', 'here']) turns.enter(user);
    turns.leave('away');
    for (let round = 0; round < 50; round++) {
      turns.begin('here');
      turns.charge('here', 1);
    }
    turns.enter('away');
    turns.begin(turns.order()[0]!);
    turns.charge('away', 2);
    assert.deepEqual(turns.order(), ['here', 'away']);
  });
});
