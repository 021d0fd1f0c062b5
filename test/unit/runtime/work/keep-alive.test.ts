import assert from 'node:assert/strict';
import { Abandoned, finishAlive, keepAlive, type Waiting } from '@epee/work';

function gate<T>() {
  let open!: (value: T) => void;
  let fail!: (error: Error) => void;
  const closed = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { closed, open, fail };
}

const waiting = (heartbeat: () => Promise<void>, abandon = new AbortController().signal): Waiting => ({ heartbeat, everyMs: 0, abandon });

describe('keepAlive', () => {
  it('calls heartbeat until the work ends, and answers its value', async () => {
    const work = gate<string>();
    let beats = 0;
    const value = await keepAlive(
      work.closed,
      waiting(async () => {
        if (++beats === 3) work.open('done');
      }),
    );
    assert.equal(value, 'done');
    assert.equal(beats, 3);
  });

  it('rejects as the work does', async () => {
    const work = gate<string>();
    work.fail(new Error('broken'));
    await assert.rejects(
      keepAlive(
        work.closed,
        waiting(async () => {}),
      ),
      /broken/,
    );
  });

  it('ends with the error of a heartbeat while the work goes on unheard', async () => {
    const work = gate<string>();
    const rebalance = Object.assign(new Error('rebalance'), { type: 'REBALANCE_IN_PROGRESS' });
    await assert.rejects(
      keepAlive(
        work.closed,
        waiting(async () => {
          throw rebalance;
        }),
      ),
      rebalance,
    );
    work.fail(new Error('nobody may hear this'));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('gives up at once when told to', async () => {
    const abandon = new AbortController();
    const waited = keepAlive(gate<void>().closed, { heartbeat: async () => {}, everyMs: 1_000_000, abandon: abandon.signal });
    abandon.abort();
    await assert.rejects(waited, Abandoned);
    await assert.rejects(
      keepAlive(
        gate<void>().closed,
        waiting(async () => {}, abandon.signal),
      ),
      Abandoned,
    );
  });
});

describe('finishAlive', () => {
  it('waits for the end of the work after a failed heartbeat, then rejects with its error', async () => {
    const work = gate<void>();
    const steps: string[] = [];
    const finished = finishAlive(
      work.closed,
      waiting(async () => {
        steps.push('heartbeat failed');
        setImmediate(() => work.open());
        throw new Error('rebalance');
      }),
      () => steps.push('done'),
    );
    await assert.rejects(finished, /rebalance/);
    assert.deepEqual(steps, ['heartbeat failed', 'done']);
  });

  it('does not call the work done when it failed', async () => {
    let done = false;
    const failed = finishAlive(
      Promise.reject(new Error('broken')),
      waiting(async () => {}),
      () => {
        done = true;
      },
    );
    await assert.rejects(failed, /broken/);
    assert.equal(done, false);
  });
});
