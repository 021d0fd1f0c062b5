import assert from 'node:assert/strict';
import { depthUse, parsePolicy } from '@epee/exits';

describe('parsePolicy', () => {
  it('reads numbers and off, at the ends of their ranges too', () => {
    for (const entropyThreshold of [0, 0.3, 1, 'off']) {
      for (const patience of [1, 12, 'off']) {
        assert.deepEqual(parsePolicy({ entropyThreshold, patience }).policy, { entropyThreshold, patience });
      }
    }
  });

  it('leaves other fields aside and freezes what it read', () => {
    const { policy } = parsePolicy({ entropyThreshold: 0.1, patience: 2, certificate: {} });
    assert.deepEqual(policy, { entropyThreshold: 0.1, patience: 2 });
    assert.ok(Object.isFrozen(policy));
  });

  it('names the field and the value of what it cannot read', () => {
    for (const entropyThreshold of [-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY, '0.5', null, undefined, 'OFF', {}]) {
      assert.match(
        parsePolicy({ entropyThreshold, patience: 1 }).problem ?? '',
        /^entropyThreshold must be a number from 0 to 1 or 'off', not /,
      );
    }
    for (const patience of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', null, undefined]) {
      assert.match(
        parsePolicy({ entropyThreshold: 'off', patience }).problem ?? '',
        /^patience must be a whole number from 1 or 'off', not /,
      );
    }
    assert.match(parsePolicy(null).problem ?? '', /not null/);
    assert.match(parsePolicy('fast').problem ?? '', /not 'fast'/);
  });
});

describe('depthUse', () => {
  it('adds up layers run and saved', () => {
    assert.deepEqual(depthUse([3, 12, 6, 3], 12), { rows: 4, layersRun: 24, layersFull: 48, meanExitLayer: 6, layersSaved: 0.5 });
  });

  it('is 0 throughout without rows', () => {
    assert.deepEqual(depthUse([], 12), { rows: 0, layersRun: 0, layersFull: 0, meanExitLayer: 0, layersSaved: 0 });
  });
});
