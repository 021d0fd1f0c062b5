import assert from 'node:assert/strict';
import { withDeadline } from '@epee/work';

describe('withDeadline', () => {
  const never = () => new Promise<never>(() => {});

  it('settles as the work does, and ends its timer', async () => {
    let aborted = false;
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) =>
        signal!.addEventListener('abort', () => {
          aborted = true;
          resolve();
        }),
      );
    assert.equal(await withDeadline(Promise.resolve('done'), { afterMs: 10, sleep }), 'done');
    assert.equal(aborted, true);
    await assert.rejects(withDeadline(Promise.reject(new Error('broken')), { afterMs: 10, sleep }), /broken/);
  });

  it('rejects after the time', async () => {
    await assert.rejects(withDeadline(never(), { afterMs: 1 }), /timeout/);
    await assert.rejects(withDeadline(never(), { afterMs: 1, late: () => new RangeError('late') }), RangeError);
  });
});
