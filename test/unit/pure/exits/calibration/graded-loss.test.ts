import assert from 'node:assert/strict';
import { type CaseAnswer, type Counts, certify, exitsKey, lossOf, seededRandom } from '@epee/exits';

const answer = (places: readonly string[], counts: Counts | null = null): CaseAnswer => ({
  key: places.join(),
  counts,
  parts: new Map([['problem', new Set(places)]]),
});

describe('graded losses of whole documents', () => {
  it('are 1 - F1 against full depth', () => {
    assert.equal(lossOf('f1', { answer: answer(['a', 'b']), full: answer(['a', 'b']) }), 0);
    assert.equal(lossOf('f1', { answer: answer([]), full: answer([]) }), 0);
    assert.equal(lossOf('f1', { answer: answer([]), full: answer(['a']) }), 1);
    assert.ok(Math.abs(lossOf('f1', { answer: answer(['a']), full: answer(['a', 'b']) }) - 1 / 3) < 1e-12);
  });

  it('are the F1 against the labels that is lost, and never a gain', () => {
    const [good, poor] = [answer([], { found: 2, gold: 2, right: 2 }), answer([], { found: 2, gold: 2, right: 1 })];
    assert.equal(lossOf('f1-lost', { answer: poor, full: good }), 0.5);
    assert.equal(lossOf('f1-lost', { answer: good, full: poor }), 0);
    assert.throws(() => lossOf('f1-lost', { answer: answer([]), full: good }), RangeError);
  });

  it('are tested as losses between 0 and 1, and the mean is kept', () => {
    const rows = [{ tokens: 10, trace: { entropies: Float64Array.of(0.05, 0.01), agreements: Uint16Array.of(0, 1) } }];
    const cases = Array.from({ length: 200 }, (_, at) => ({
      ...{ id: `${at}`, document: `${at}`, task: 't', kind: 'spans' as const, gold: null, rows },
      answers: new Map([
        [exitsKey([1]), answer(['a', 'b', 'c'])],
        [exitsKey([2]), answer(['a', 'b', 'c', 'd'])],
      ]),
    }));
    const options = {
      ...{ risk: 'f1' as const, delta: 0.1, correction: 'fixed-sequence' as const, documents: 'one' as const, perClass: null },
      ...{ chains: [[{ entropyThreshold: 0.1, patience: 'off' as const }]], random: seededRandom(1) },
    };
    const [test] = certify(cases, { ...options, epsilon: 0.25 }).tests;
    assert.ok(Math.abs(test!.losses - 200 / 7) < 1e-9);
    assert.equal(test!.certified, true);
    assert.equal(certify(cases, { ...options, epsilon: 0.15 }).tests[0]!.certified, false);
  });
});
