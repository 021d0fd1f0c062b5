import assert from 'node:assert/strict';
import { decideExits, type ExitPolicy, FULL_DEPTH, type PooledLayers, type TaggingLayers } from '@epee/exits';
import fc from 'fast-check';

const pooled = (...layers: number[][]): PooledLayers => ({ kind: 'pooled', layers });
const policy = (entropyThreshold: number | 'off', patience: number | 'off'): ExitPolicy => ({ entropyThreshold, patience });
const decide = (row: PooledLayers | TaggingLayers, threshold: number | 'off', patience: number | 'off') => {
  const { exitLayer, exitReason } = decideExits(row, policy(threshold, patience));
  return [exitLayer, exitReason];
};

describe('decideExits on pooled rows', () => {
  const unsure = [0, 0.1];
  const sure = [0, 9];
  const other = [0.1, 0];

  it('leaves at the first layer whose entropy is under the threshold', () => {
    assert.deepEqual(decide(pooled(unsure, sure, sure), 0.1, 'off'), [2, 'entropy']);
    assert.deepEqual(decide(pooled(sure, unsure, sure), 0.1, 'off'), [1, 'entropy']);
  });

  it('compares strictly', () => {
    const uniform = [1, 1];
    assert.deepEqual(decide(pooled(uniform, uniform), 1, 'off'), [2, 'final']);
    assert.deepEqual(decide(pooled([0, 5000], [0, 5000]), 0, 'off'), [2, 'final']);
  });

  it('leaves by patience after that many agreements in a row, never before layer patience + 1', () => {
    const row = pooled(unsure, unsure, unsure, unsure, unsure);
    assert.deepEqual(decide(row, 'off', 1), [2, 'patience']);
    assert.deepEqual(decide(row, 'off', 3), [4, 'patience']);
  });

  it('counts from 0 again when the answer changes', () => {
    assert.deepEqual(decide(pooled(unsure, unsure, other, other, other, unsure), 'off', 2), [5, 'patience']);
  });

  it('takes a tie for the first label, so ties agree with one another', () => {
    assert.deepEqual(decide(pooled([1, 1, 0], [2, 2, 0], [1, 0, 1]), 'off', 1), [2, 'patience']);
  });

  it('names entropy when both fire', () => assert.deepEqual(decide(pooled(unsure, sure, sure), 0.1, 1), [2, 'entropy']));

  it('calls the last layer final whatever fires there', () => {
    assert.deepEqual(decide(pooled(unsure, sure), 0.1, 1), [2, 'final']);
    assert.deepEqual(decide(pooled(sure), 0.1, 1), [1, 'final']);
  });

  it('never fires patience when it is as large as the number of layers', () => {
    assert.deepEqual(decide(pooled(sure, sure, sure), 'off', 3), [3, 'final']);
    assert.deepEqual(decide(pooled(sure, sure, sure), 'off', 99), [3, 'final']);
  });

  it('treats one class as certain', () => {
    assert.deepEqual(decide(pooled([0], [0]), 0.5, 'off'), [1, 'entropy']);
    assert.deepEqual(decide(pooled([0], [0]), 0, 'off'), [2, 'final']);
  });

  it('never leaves by entropy on logits that are not finite, and shows NaN', () => {
    const row = pooled([Number.NaN, 0], [Number.POSITIVE_INFINITY, 0]);
    const decision = decideExits(row, policy(1, 'off'));
    assert.deepEqual([decision.exitLayer, decision.exitReason], [2, 'final']);
    assert.ok(Number.isNaN(decision.entropy));
  });

  it('answers with the exit layer’s label and entropy', () => {
    const decision = decideExits(pooled(other, sure, other), policy(0.1, 'off'));
    assert.deepEqual(decision.answer, { kind: 'pooled', label: 1 });
    assert.ok(decision.entropy < 0.1);
  });
});

describe('decideExits on tagging rows', () => {
  // 3 tokens, groups of 2 and 3 tags; token 1 is not a word's first.
  const layer = (first: number[], piece: number[], second: number[]) => [...first, ...piece, ...second];
  const row = (...layers: number[][]): TaggingLayers => ({
    kind: 'tagging',
    layers,
    groupSizes: [2, 3],
    wordMask: Uint8Array.of(1, 0, 1),
  });
  const sure = [9, 0, 0, 0, 9];
  const half = [9, 0, 0, 0, 0];
  const noise = [0, 0, 0, 0, 0];

  it('is as sure as its least sure word and group', () => {
    assert.deepEqual(decide(row(layer(sure, noise, half), layer(sure, noise, sure), layer(sure, noise, sure)), 0.5, 'off'), [2, 'entropy']);
  });

  it('listens to word starts alone', () => {
    assert.deepEqual(decide(row(layer(sure, noise, sure), layer(sure, noise, sure)), 0.5, 'off'), [1, 'entropy']);
    const flickering = row(layer(sure, [0, 9, 9, 0, 0], sure), layer(sure, [9, 0, 0, 9, 0], sure), layer(sure, noise, sure));
    assert.deepEqual(decide(flickering, 'off', 1), [2, 'patience']);
  });

  it('votes with the whole tag sequence of every group', () => {
    const changed = [9, 0, 9, 0, 0];
    const rows = row(layer(sure, noise, sure), layer(sure, noise, changed), layer(sure, noise, changed), layer(sure, noise, sure));
    assert.deepEqual(decide(rows, 'off', 1), [3, 'patience']);
  });

  it('answers with a tag a token and group, 0 off the words', () => {
    const decision = decideExits(row(layer(sure, [0, 9, 0, 9, 0], [0, 9, 0, 9, 0])), FULL_DEPTH);
    assert.deepEqual(decision.answer, { kind: 'tagging', tags: [Uint8Array.of(0, 0, 1), Uint8Array.of(2, 0, 1)] });
  });

  it('takes a row without words for certain', () => {
    const empty: TaggingLayers = { kind: 'tagging', layers: [noise, noise], groupSizes: [2, 3], wordMask: Uint8Array.of(0) };
    assert.deepEqual(decide(empty, 0.1, 'off'), [1, 'entropy']);
  });

  it('shows NaN when one word’s logits are not finite', () => {
    const broken = layer(sure, noise, [0, 0, 0, Number.NaN, 0]);
    assert.ok(Number.isNaN(decideExits(row(broken), FULL_DEPTH).entropy));
  });
});

describe('decideExits, for any logits', () => {
  const logits = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 });
  const threshold = fc.double({ min: 0, max: 1, noNaN: true });
  const patience = fc.integer({ min: 1, max: 9 });

  it('never exits later under a looser threshold or a smaller patience', () => {
    fc.assert(
      fc.property(logits, threshold, threshold, patience, patience, (layers, t1, t2, p1, p2) => {
        const tight = decideExits({ kind: 'pooled', layers }, policy(Math.min(t1, t2), Math.max(p1, p2)));
        const loose = decideExits({ kind: 'pooled', layers }, policy(Math.max(t1, t2), Math.min(p1, p2)));
        assert.ok(loose.exitLayer <= tight.exitLayer);
      }),
    );
  });

  it('never exits later with a criterion than with that criterion off', () => {
    fc.assert(
      fc.property(logits, threshold, patience, (layers, t, p) => {
        const row: PooledLayers = { kind: 'pooled', layers };
        const both = decideExits(row, policy(t, p)).exitLayer;
        assert.equal(both, Math.min(decideExits(row, policy(t, 'off')).exitLayer, decideExits(row, policy('off', p)).exitLayer));
        assert.equal(decideExits(row, FULL_DEPTH).exitLayer, layers.length);
      }),
    );
  });

  it('never exits by patience before layer patience + 1', () => {
    fc.assert(
      fc.property(logits, patience, (layers, p) => {
        const { exitLayer, exitReason } = decideExits({ kind: 'pooled', layers }, policy('off', p));
        assert.ok(exitReason === 'final' || exitLayer > p);
      }),
    );
  });
});
