import assert from 'node:assert/strict';
import { aurocOf, type Decision, fitTemperature, meanAuroc, reliabilityOf, seededRandom } from '@epee/exits';

/** Decisions whose labels are drawn from their own probabilities, with logits then multiplied: over-confident by exactly that factor. */
function drawn(count: number, factor: number): Decision[] {
  const random = seededRandom(11);
  return Array.from({ length: count }, () => {
    const logits = [4 * random() - 2, 4 * random() - 2, 4 * random() - 2];
    const weights = logits.map(Math.exp);
    const drawnAt = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const ends = weights.map((_, label) => weights.slice(0, label + 1).reduce((sum, weight) => sum + weight, 0));
    const gold = Math.max(
      0,
      ends.findIndex((end) => drawnAt < end),
    );
    return { logits: logits.map((logit) => factor * logit), gold };
  });
}

describe('reliability', () => {
  it('finds the temperature by which logits are too large or too small', () => {
    for (const factor of [0.5, 1, 3]) assert.ok(Math.abs(fitTemperature(drawn(6000, factor)) / factor - 1) < 0.08, `factor ${factor}`);
    assert.equal(fitTemperature([]), 1);
  });

  it('has a small error where confidence is right, a large one where it is not, and mends it by the temperature', () => {
    const [fair, bold] = [drawn(6000, 1), drawn(6000, 3)];
    assert.ok(reliabilityOf(fair).ece < 0.03);
    assert.ok(reliabilityOf(bold).ece > 0.15);
    const mended = reliabilityOf(bold, fitTemperature(bold));
    assert.ok(mended.ece < 0.03 && mended.nll < reliabilityOf(bold).nll);
    assert.equal(mended.accuracy, reliabilityOf(bold).accuracy);
  });

  it('puts each decision into the bin of its confidence', () => {
    const { bins, ece, decisions } = reliabilityOf([
      { logits: [0, 0], gold: 0 },
      { logits: [0, 900], gold: 1 },
      { logits: [0, 900], gold: 0 },
    ]);
    assert.equal(
      bins.reduce((sum, { count }) => sum + count, 0),
      decisions,
    );
    assert.deepEqual([bins.at(-1)!.count, bins.at(-1)!.accuracy, bins.at(-1)!.confidence], [2, 0.5, 1]);
    assert.deepEqual([bins[7]!.count, bins[7]!.confidence], [1, 0.5]);
    assert.ok(Math.abs(ece - (2 * 0.5 + 0.5) / 3) < 1e-12);
  });
});

describe('AUROC', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    assert.equal(aurocOf([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 0.75);
    assert.equal(aurocOf([1, 1, 1], [true, false, true]), 0.5);
    assert.equal(aurocOf([1, 2], [true, true]), null);
  });

  it('is that of the second of two classes, and the mean over more', () => {
    assert.equal(
      meanAuroc(
        [
          [0.9, 0.1],
          [0.2, 0.8],
        ],
        [0, 1],
      ),
      1,
    );
    assert.equal(
      meanAuroc(
        [
          [0.8, 0.1, 0.1],
          [0.1, 0.8, 0.1],
          [0.2, 0.2, 0.6],
        ],
        [0, 1, 2],
      ),
      1,
    );
    assert.equal(meanAuroc([], []), null);
  });
});
