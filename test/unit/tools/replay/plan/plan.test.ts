import assert from 'node:assert/strict';
import { planFromValue, plannedOffsets, planToValue, type ReplayPlan } from '../../../../../tools/replay/plan/plan.ts';

describe("a run's record", () => {
  const plan: ReplayPlan = {
    formatVersion: 1,
    id: 'r',
    createdAt: '2026-03-01T08:30:00.000Z',
    finishedAt: null,
    topic: 'notes',
    ranges: [
      { partition: 0, from: '5', to: '15' },
      { partition: 2, from: '0', to: '7' },
    ],
    variants: [{ id: 'A', policy: 'fast', modelDir: '/m', model: { name: 'm', version: '1', sha256: 'f', layers: 12 } }],
    precision: 'fp32',
    group: 'g',
    replays: { topic: 't', from: [{ partition: 0, offset: '9007199254740993' }], to: null },
  };

  it('comes back as it was written', () => {
    assert.deepEqual(planFromValue(planToValue(plan)), plan);
    assert.equal(plannedOffsets(plan), 17);
  });

  it('is none where it is damaged or of another release', () => {
    for (const value of [null, Buffer.from('x'), Buffer.from('{}'), Buffer.from(JSON.stringify({ ...plan, formatVersion: 2 }))])
      assert.equal(planFromValue(value), null);
  });
});
