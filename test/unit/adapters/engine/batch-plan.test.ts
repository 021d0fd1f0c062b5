import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planBatches } from '../../../../shared/adapters/engine/schedule/batch-plan.ts';

const lengthsOf = (lengths: readonly number[], batches: readonly (readonly number[])[]) =>
  batches.map((batch) => batch.map((index) => lengths[index]!));

/** Cost of a plan: padded tokens and overhead of the batches. */
function costOf(lengths: readonly number[], batches: readonly (readonly number[])[], overheadTokens: number): number {
  return lengthsOf(lengths, batches).reduce((sum, batch) => sum + batch.length * Math.max(...batch) + overheadTokens, 0);
}

/** The lowest cost over all ways to cut the sorted rows, by trying each. */
function leastCost(sorted: readonly number[], limits: { maxTokens: number; maxRows: number; overheadTokens: number }): number {
  if (sorted.length === 0) return 0;
  const costs = sorted.map((longest, last) => {
    const rows = last + 1;
    if (rows > limits.maxRows || (rows > 1 && rows * longest > limits.maxTokens)) return Number.POSITIVE_INFINITY;
    return rows * longest + limits.overheadTokens + leastCost(sorted.slice(rows), limits);
  });
  return Math.min(...costs);
}

describe('planBatches', () => {
  it('puts rows of similar length together', () => {
    const lengths = [100, 10, 101, 11];
    assert.deepEqual(lengthsOf(lengths, planBatches(lengths, { maxTokens: 1000, maxRows: 64, overheadTokens: 20 })), [
      [10, 11],
      [100, 101],
    ]);
  });

  it('pads rather than starting a batch that costs more', () => {
    const lengths = [20, 30];
    assert.deepEqual(planBatches(lengths, { maxTokens: 1000, maxRows: 64, overheadTokens: 20 }), [[0, 1]]);
  });

  it('counts padding against the token limit and gives a longer row its own batch', () => {
    const lengths = [50, 50, 50, 300];
    const batches = lengthsOf(lengths, planBatches(lengths, { maxTokens: 100, maxRows: 64, overheadTokens: 64 }));
    assert.deepEqual(batches.map(({ length }) => length).sort(), [1, 1, 2]);
    assert.deepEqual(batches.at(-1), [300]);
  });

  it('keeps the order of arrival among equals', () => {
    assert.deepEqual(planBatches([5, 5, 5, 5], { maxTokens: 10, maxRows: 64, overheadTokens: 1 }).flat(), [0, 1, 2, 3]);
  });

  it('has nothing to do without rows', () => assert.deepEqual(planBatches([], { maxTokens: 1, maxRows: 1, overheadTokens: 1 }), []));

  it('puts every row into exactly one batch, within the limits, at the least cost', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 128 }), { maxLength: 9 });
    const limits = fc.record({
      maxTokens: fc.integer({ min: 1, max: 400 }),
      maxRows: fc.integer({ min: 1, max: 5 }),
      overheadTokens: fc.integer({ min: 0, max: 80 }),
    });
    fc.assert(
      fc.property(lengths, limits, (rows, limit) => {
        const batches = planBatches(rows, limit);
        assert.deepEqual(
          batches.flat().toSorted((a, b) => a - b),
          [...rows.keys()],
        );
        for (const batch of lengthsOf(rows, batches)) {
          assert.ok(batch.length <= limit.maxRows);
          assert.ok(batch.length === 1 || batch.length * Math.max(...batch) <= limit.maxTokens);
        }
        assert.equal(
          costOf(rows, batches, limit.overheadTokens),
          leastCost(
            rows.toSorted((a, b) => a - b),
            limit,
          ),
        );
      }),
    );
  });
});
