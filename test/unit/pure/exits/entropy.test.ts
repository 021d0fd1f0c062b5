import assert from 'node:assert/strict';
import { highestLabel, labelProbability, normalisedEntropy } from '@epee/exits';
import fc from 'fast-check';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('normalisedEntropy', () => {
  it('agrees with the definition on known distributions', () => {
    assert.equal(normalisedEntropy([0, 0, 0, 0]), 1);
    assert.equal(normalisedEntropy([1000, 0, 0]), 0);
    const p = [0.7, 0.2, 0.1];
    const expected = -p.reduce((sum, q) => sum + q * Math.log(q), 0) / Math.log(3);
    assert.ok(Math.abs(normalisedEntropy(p.map(Math.log)) - expected) < 1e-12);
  });

  it('stays in [0, 1] for finite logits of any size', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 12 }), (logits) => {
        const entropy = normalisedEntropy(logits);
        assert.ok(entropy >= 0 && entropy <= 1, `${entropy}`);
      }),
    );
    assert.equal(normalisedEntropy([Number.MAX_VALUE, -Number.MAX_VALUE]), 0);
  });

  it('does not change when a constant is added to every logit', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 2, maxLength: 8 }), (logits) => {
        const shifted = normalisedEntropy(logits.map((logit) => logit + 7));
        assert.ok(Math.abs(shifted - normalisedEntropy(logits)) < 1e-9);
      }),
    );
  });

  it('is NaN as soon as one logit is not finite, and without labels', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.ok(Number.isNaN(normalisedEntropy([0, bad, 1])), `${bad}`);
      assert.ok(Number.isNaN(normalisedEntropy([bad])), `${bad} alone`);
    }
    assert.ok(Number.isNaN(normalisedEntropy([])));
  });

  it('calls a single label certain', () => assert.equal(normalisedEntropy([-3]), 0));

  it('reads only the given range', () => assert.equal(normalisedEntropy([Number.NaN, 5, 5, Number.NaN], 1, 3), 1));
});

describe('highestLabel', () => {
  it('answers the first of equals, counted from the start of the range', () => {
    assert.equal(highestLabel([1, 3, 3, 2]), 1);
    assert.equal(highestLabel([9, 1, 2, 2], 1, 4), 1);
  });
});

describe('labelProbability', () => {
  it('sums to 1 over the labels', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 }), (logits) => {
        const sum = logits.reduce((total, _, label) => total + labelProbability(logits, label), 0);
        assert.ok(Math.abs(sum - 1) < 1e-9);
      }),
    );
  });

  it('reads only the given range', () => assert.equal(labelProbability([99, 2, 2, 99], 1, 1, 3), 0.5));
});
