import assert from 'node:assert/strict';
import { processSurroundings } from '@epee/work';

describe('the clocks of the process', () => {
  it('sleep until the time is over, or until the signal is aborted', async () => {
    const startMs = processSurroundings.monotonicMs();
    await processSurroundings.sleep(5);
    assert.ok(processSurroundings.monotonicMs() - startMs >= 4);
    const abandon = new AbortController();
    const asleep = processSurroundings.sleep(1_000_000, abandon.signal);
    abandon.abort();
    await asleep;
    await processSurroundings.sleep(1_000_000, abandon.signal);
  });
});
