import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createTimeline } from '../../../../../tools/replay/tally/timeline.ts';

const counting = (most: number) =>
  createTimeline<{ count: number }>({
    most,
    empty: () => ({ count: 0 }),
    join: (into, from) => {
      into.count += from.count;
    },
  });

describe('a timeline', () => {
  it('is as fine as its stretches allow', () => {
    const timeline = counting(10);
    for (let second = 0; second < 60; second++) timeline.at(1_700_000_000_000 + 1000 * second).count += 1;
    assert.equal(timeline.widthMs(), 10_000);
    assert.deepEqual(
      timeline.stretches().map(({ value }) => value.count),
      [10, 10, 10, 10, 10, 10],
    );
  });

  it('loses nothing, keeps order and stays within its bound, whatever the times', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_000_000_000_000 }), { minLength: 1, maxLength: 200 }), (times) => {
        const timeline = counting(12);
        for (const time of times) timeline.at(time).count += 1;
        const stretches = timeline.stretches();
        assert.ok(stretches.length <= 12, `${stretches.length} stretches`);
        assert.equal(
          stretches.reduce((sum, { value }) => sum + value.count, 0),
          times.length,
        );
        for (const [at, { fromMs, value }] of stretches.entries()) {
          assert.ok(at === 0 || fromMs > stretches[at - 1]!.fromMs);
          const within = times.filter((time) => time >= fromMs && time < fromMs + timeline.widthMs());
          assert.equal(value.count, within.length);
        }
      }),
    ));
});
