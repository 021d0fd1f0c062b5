import assert from 'node:assert/strict';
import { curveOf, dominates, FULL_DEPTH, frontierOf, policyChains, seededRandom, within } from '@epee/exits';
import { inventedCase, labelCase } from './calibration/cases.ts';

const policies = [FULL_DEPTH, ...policyChains({ thresholds: [0.1, 0.2, 0.3, 0.5, 0.7], patiences: [1, 2], layers: 4 }).flat()];

describe('the curve of score against layers', () => {
  const random = seededRandom(9);
  const cases = Array.from({ length: 300 }, (_, index) => inventedCase(`${index}`, `${index}`, random));
  const points = curveOf(cases, policies);

  it('has full depth at cost 1, where nothing differs', () => {
    const [full] = points;
    assert.deepEqual([full!.cost, full!.differs, full!.meanExitLayer], [1, 0, 4]);
    assert.ok(
      points.every(({ cost, meanExitLayer }) => cost > 0 && cost <= 1 && Math.abs(cost - meanExitLayer / 4) < 1e-12),
      'rows of one length',
    );
  });

  it('has a frontier of rising cost and score that no point beats', () => {
    const frontier = frontierOf(points);
    for (const [at, point] of frontier.entries()) {
      if (at > 0) assert.ok(point.cost > frontier[at - 1]!.cost && point.score > frontier[at - 1]!.score);
    }
    assert.ok(dominates(frontier, points));
  });

  it('has a frontier of both criteria that contains those of each alone', () => {
    const own = (set: 'entropy' | 'patience' | 'epee') => frontierOf(points.filter(({ policy }) => within(set, policy)));
    assert.ok(dominates(own('epee'), own('entropy')) && dominates(own('epee'), own('patience')));
    assert.ok(own('entropy').every(({ policy }) => policy.patience === 'off'));
    assert.ok(own('patience').every(({ policy }) => policy.entropyThreshold === 'off'));
    assert.ok(!dominates(own('patience'), own('epee')), 'here both criteria together win');
  });

  it('scores the agreement with full depth where nobody knows the wanted answers', () => {
    const unlabelled = [labelCase('a', 'a', [0.1, 0], ['x', 'y']), labelCase('b', 'b', [0.9, 0], ['x', 'y'])];
    const [point] = curveOf(unlabelled, [{ entropyThreshold: 0.5, patience: 'off' }]);
    assert.deepEqual([point!.score, point!.differs], [50, 0.5]);
    assert.deepEqual(curveOf([], [FULL_DEPTH])[0], { policy: FULL_DEPTH, score: 0, meanExitLayer: 0, cost: 1, differs: 0 });
  });
});
