import assert from 'node:assert/strict';
import { chunkJobId } from '@epee/queue';
import { retryDelayMs } from '../../../../shared/adapters/queue/retry-delay.ts';

describe('the queue', () => {
  it('gives each chunk of each run an id without ":" that is not all digits', () => {
    const id = chunkJobId({ import: 'batch-20260101-120000-abcd', run: 2, chunk: 17 });
    assert.equal(id, 'batch-20260101-120000-abcd-r2-c17');
    assert.ok(!id.includes(':') && /\D/.test(id));
  });

  it('waits longer from try to try, up to half a minute', () => {
    const waits = [1, 2, 3, 8, 1000].map((attempts) => retryDelayMs(attempts, () => 1));
    assert.deepEqual(waits, [500, 1000, 2000, 30_000, 30_000]);
    assert.equal(
      retryDelayMs(1, () => 0),
      250,
    );
  });
});
