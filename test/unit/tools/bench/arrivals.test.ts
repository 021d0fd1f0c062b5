import assert from 'node:assert/strict';
import { arrivalsMs, quantile } from '../../../../tools/bench/arrivals.ts';

describe('arrivals of single notes', () => {
  it('come at the rate, at random, and the same way each time', () => {
    const times = arrivalsMs(1000, 12);
    assert.ok(Math.abs(times.length - 12_000) < 500, String(times.length));
    assert.ok(times.every((time, at) => time >= (times[at - 1] ?? 0) && time < 1_000_000));
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    assert.ok(Math.abs(quantile(gaps, 0.5) - (1000 / 12) * Math.LN2) < 5);
    assert.deepEqual(arrivalsMs(1000, 12), times);
  });
});

describe('quantile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1), quantile([7], 0.5)], [50, 99, 100, 7]);
  });
});
