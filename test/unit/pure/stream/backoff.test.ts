import assert from 'node:assert/strict';
import { backoffMs, createGate, INFRASTRUCTURE_BACKOFF } from '@epee/stream';
import fc from 'fast-check';

describe('backoffMs', () => {
  it('lies between half and the whole of a time that grows to its limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, chance) => {
        const { initialMs, maxMs, factor } = INFRASTRUCTURE_BACKOFF;
        const whole = Math.min(maxMs, initialMs * factor ** (attempt - 1));
        const ms = backoffMs(attempt, INFRASTRUCTURE_BACKOFF, () => chance);
        assert.ok(ms >= whole / 2 && ms <= whole);
      }),
    );
  });

  it('differs between clients', () => {
    assert.notEqual(
      backoffMs(3, INFRASTRUCTURE_BACKOFF, () => 0.1),
      backoffMs(3, INFRASTRUCTURE_BACKOFF, () => 0.9),
    );
  });
});

describe('createGate', () => {
  it('never lets more in than its limit, and everyone in turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean(), { maxLength: 20 }), async (limit, fails) => {
        const gate = createGate(limit);
        const order: number[] = [];
        let inside = 0;
        const works = fails.map((fail, at) =>
          gate.run(async () => {
            order.push(at);
            assert.ok(++inside <= limit);
            await Promise.resolve();
            inside--;
            if (fail) throw new Error('failed');
            return at;
          }),
        );
        const ended = await Promise.allSettled(works);
        assert.deepEqual(
          order,
          fails.map((_, at) => at),
        );
        assert.deepEqual(
          ended.map(({ status }) => status === 'rejected'),
          fails,
        );
        assert.equal(gate.running(), 0);
      }),
    );
  });

  it('lets one in alone: after those before, before those behind', async () => {
    const gate = createGate(3);
    const order: string[] = [];
    const open: (() => void)[] = [];
    const work = (name: string) =>
      gate.run(async () => {
        order.push(name);
        await new Promise<void>((resolve) => open.push(resolve));
      });
    const before = [work('a'), work('b')];
    const alone = gate.enterAlone().then((leave) => {
      order.push('alone');
      assert.equal(gate.running(), 3);
      return leave;
    });
    const behind = work('c');
    await new Promise((resolve) => setImmediate(resolve));
    for (const end of open.splice(0)) end();
    await Promise.all(before);
    const leave = await alone;
    assert.deepEqual(order, ['a', 'b', 'alone']);
    leave();
    await new Promise((resolve) => setImmediate(resolve));
    for (const end of open.splice(0)) end();
    await behind;
    assert.deepEqual(order, ['a', 'b', 'alone', 'c']);
    assert.equal(gate.running(), 0);
  });
});
