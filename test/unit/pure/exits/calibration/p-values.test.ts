import assert from 'node:assert/strict';
import { binomialPValue, fixedSequence, hoeffdingBentkusPValue, holm, lnBinomialCdf, rowsNeeded } from '@epee/exits';
import fc from 'fast-check';

/** ln P(X <= k) from whole binomial coefficients and 60 decimal digits. */
const REFERENCE = [
  [0, 1, 0.5, -Math.LN2],
  [0, 59, 0.05, -3.0263043688654814],
  [3, 20, 0.3, -2.234115516367147],
  [10, 961, 0.02, -4.162724640729531],
  [19, 1000, 0.02, -0.7563883325125094],
  [500, 1000, 0.5, -0.6682350621326347],
  [999, 1000, 0.5, 0],
  [0, 100_000, 0.01, -1005.0335853501441],
  [900, 100_000, 0.01, -7.321996787093023],
  [7, 10, 0.9, -2.6565376545521717],
  [1, 3, 0.999, -12.717565158283868],
] as const;

const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });

describe('lnBinomialCdf', () => {
  for (const [k, n, p, expected] of REFERENCE) {
    it(`agrees with exact arithmetic at ${k} of ${n}, p = ${p}`, () => {
      assert.ok(Math.abs(lnBinomialCdf(k, n, p) - expected) < 1e-9 * Math.max(1, Math.abs(expected)), `${lnBinomialCdf(k, n, p)}`);
    });
  }

  it('rises with successes, falls with the probability, and ends at 0', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(400), probability, probability, (n, at, p, q) => {
        const k = at % n;
        assert.ok(lnBinomialCdf(k, n, p) <= lnBinomialCdf(k + 1, n, p) + 1e-12);
        assert.ok(lnBinomialCdf(k, n, Math.max(p, q)) <= lnBinomialCdf(k, n, Math.min(p, q)) + 1e-12);
        assert.equal(lnBinomialCdf(n, n, p), 0);
      }),
    );
  });

  it('is the sum of the terms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.nat(25), probability, (n, at, p) => {
        const k = at % (n + 1);
        let term = (1 - p) ** n;
        let sum = term;
        for (let i = 1; i <= k; i++) {
          term *= ((n - i + 1) / i) * (p / (1 - p));
          sum += term;
        }
        assert.ok(Math.abs(Math.exp(lnBinomialCdf(k, n, p)) - sum) < 1e-9);
      }),
    );
  });
});

describe('p-values', () => {
  it('of losses of 0 or 1 are the binomial tail', () => {
    assert.ok(Math.abs(binomialPValue(0, 59, 0.05) - 0.95 ** 59) < 1e-12);
    assert.equal(binomialPValue(0, 0, 0.05), 1);
  });

  it('are valid: under a risk of exactly epsilon, at most u with probability at most u', () => {
    for (const [n, epsilon] of [
      [40, 0.1],
      [200, 0.03],
      [25, 0.5],
    ] as const) {
      for (const u of [0.01, 0.05, 0.1, 0.3]) {
        let chance = 0;
        for (let k = 0; k <= n; k++) {
          const mass = Math.exp(lnBinomialCdf(k, n, epsilon)) - (k === 0 ? 0 : Math.exp(lnBinomialCdf(k - 1, n, epsilon)));
          if (binomialPValue(k, n, epsilon) <= u) chance += mass;
          assert.ok(
            hoeffdingBentkusPValue(k / n, n, epsilon) >= binomialPValue(k, n, epsilon) - 1e-12,
            'the bound for any loss is no smaller',
          );
        }
        assert.ok(chance <= u + 1e-9);
      }
    }
  });

  it('of Hoeffding and Bentkus are 1 at a mean of epsilon or above, and fall with the mean', () => {
    assert.equal(hoeffdingBentkusPValue(0.1, 50, 0.1), 1);
    assert.equal(hoeffdingBentkusPValue(0, 0, 0.1), 1);
    assert.ok(Math.abs(hoeffdingBentkusPValue(0, 50, 0.1) - 0.9 ** 50) < 1e-12);
    assert.ok(hoeffdingBentkusPValue(0.01, 500, 0.1) < hoeffdingBentkusPValue(0.05, 500, 0.1));
  });
});

describe('rowsNeeded', () => {
  it('is the fewest rows that pass without a loss', () => {
    assert.equal(rowsNeeded(0.05, 0.05), 59);
    assert.equal(rowsNeeded(0.5, 0.4), 2);
    for (const [epsilon, level] of [
      [0.02, 0.01],
      [0.1, 0.1],
      [0.001, 0.05],
    ] as const) {
      const n = rowsNeeded(epsilon, level)!;
      assert.ok((1 - epsilon) ** n <= level && (1 - epsilon) ** (n - 1) > level);
    }
  });

  it('grows with the rate of losses, and no number does at epsilon', () => {
    const few = rowsNeeded(0.05, 0.05, 0.01)!;
    const more = rowsNeeded(0.05, 0.05, 0.04)!;
    assert.ok(few > 59 && more > few);
    assert.ok(binomialPValue(Math.ceil(0.04 * more), more, 0.05) <= 0.05);
    assert.equal(rowsNeeded(0.05, 0.05, 0.05), null);
  });
});

describe('corrections', () => {
  it('walk each chain until the first that fails, at an equal part of delta', () => {
    assert.deepEqual(fixedSequence([[0.01, 0.04, 0.06, 0.001], [0.2], [0.04, 0.04]], 0.15), [2, 0, 2]);
    assert.deepEqual(fixedSequence([[Number.NaN]], 0.1), [0]);
    assert.deepEqual(fixedSequence([[]], 0.1), [0]);
  });

  it('step down from the smallest p-value (Holm)', () => {
    assert.deepEqual(holm([0.04, 0.01, 0.03, 0.005], 0.05), [false, true, false, true]);
    assert.deepEqual(holm([0.01, 0.02, 0.05], 0.05), [true, true, true]);
    assert.deepEqual(holm([], 0.05), []);
  });

  it('never certify more than each test alone would, and Holm no less than Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 12 }), (pValues) => {
        const passed = holm(pValues, 0.1);
        for (const [index, pValue] of pValues.entries()) {
          if (passed[index]) assert.ok(pValue <= 0.1);
          if (pValue <= 0.1 / pValues.length) assert.ok(passed[index]);
        }
      }),
    );
  });
});
