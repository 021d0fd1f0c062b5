import assert from 'node:assert/strict';
import { allowedAhead, createAhead } from '../../../../../services/jobs/sending/ahead.ts';

describe('how far an import may be ahead of the worker', () => {
  it('is some seconds of its pace, within limits', () => {
    assert.deepEqual(
      [0, 1, 50, 1000].map((pace) => allowedAhead(pace, 500)),
      [100, 100, 200, 500],
    );
    assert.equal(allowedAhead(1000, 20), 20);
  });

  /** Sends chunks of 100 to a worker of a pace, looking every 500 ms; answers the most that waited and what was finished. */
  function run(notesPerSecond: number, seconds: number) {
    let nowMs = 0;
    const ahead = createAhead(10_000, () => nowMs);
    const job = { id: 'a', sent: 0, extracted: 0, deadLetters: 0 };
    let mostWaiting = 0;
    let idleMs = 0;
    for (; nowMs < 1000 * seconds; nowMs += 500) {
      while (!ahead.isFar(job)) job.sent += 100;
      mostWaiting = Math.max(mostWaiting, job.sent - job.extracted);
      const done = Math.min(job.sent - job.extracted, notesPerSecond / 2);
      if (nowMs > 10_000 && done < notesPerSecond / 2) idleMs += 500;
      job.extracted += done;
    }
    return { mostWaiting, idleMs, sent: job.sent };
  }

  for (const pace of [0, 4, 40, 400, 1600])
    it(`keeps a worker of ${pace} notes per second busy with a few seconds of work`, () => {
      const { mostWaiting, idleMs } = run(pace, 60);
      assert.equal(idleMs, 0);
      assert.ok(mostWaiting <= Math.max(100, 4 * pace) + 100, `${mostWaiting} waited`);
    });

  it('is what it was at first once an import is forgotten', () => {
    let nowMs = 0;
    const ahead = createAhead(10_000, () => nowMs);
    const at = (sent: number, extracted: number) => ahead.isFar({ id: 'a', sent, extracted, deadLetters: 0 });
    assert.equal(at(0, 0), false);
    nowMs = 1000;
    assert.equal(at(600, 400), false);
    ahead.forget('a');
    assert.equal(at(600, 400), true);
  });
});
