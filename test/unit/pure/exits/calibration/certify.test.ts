import assert from 'node:assert/strict';
import { type Case, type CertifyOptions, certify, cheapest, policyChains, type RiskKind, seededRandom } from '@epee/exits';
import { classLoss } from '../../../../../shared/pure/exits/calibration/cases.ts';
import { labelCase } from './cases.ts';

const chains = [
  [
    { entropyThreshold: 0.2, patience: 'off' },
    { entropyThreshold: 0.6, patience: 'off' },
  ],
] as const;
const options = (over: Partial<CertifyOptions> = {}): CertifyOptions => ({
  risk: 'differs',
  epsilon: 0.1,
  delta: 0.1,
  chains,
  correction: 'fixed-sequence',
  documents: 'one',
  perClass: null,
  random: seededRandom(1),
  ...over,
});
const many = (count: number, make: (index: number) => Case) => Array.from({ length: count }, (_, index) => make(index));
/** Sure at the first layer and right to be. */
const easy = (index: number, document = `d${index}`) => labelCase(`e${index}`, document, [0.1, 0.1, 0], ['yes', 'yes', 'yes'], 'yes');
/** Half sure at the first layer, and wrong. */
const hard = (index: number, document = `h${index}`) => labelCase(`h${index}`, document, [0.5, 0.3, 0], ['no', 'no', 'yes'], 'yes');
const wins = (index: number) => labelCase(`w${index}`, `w${index}`, [0.5, 0.3, 0], ['no', 'no', 'yes'], 'no');

describe('certify', () => {
  it('certifies what leaves the answers alone, and ends a chain at the first that does not', () => {
    const { tests, n, needed } = certify([...many(40, easy), ...many(20, hard)], options());
    assert.deepEqual(
      tests.map(({ losses, certified }) => [losses, certified]),
      [
        [0, true],
        [20, false],
      ],
    );
    assert.deepEqual([n, needed], [60, 22]);
    assert.equal(cheapest(tests)?.policy.entropyThreshold, 0.2);
    assert.ok(Math.abs(tests[0]!.meanExitLayer - (40 * 1 + 20 * 3) / 60) < 1e-12);
  });

  it('certifies nothing with too few rows, and says how many it takes', () => {
    const { tests, needed, level } = certify(many(21, easy), options());
    assert.ok(tests.every(({ certified }) => !certified));
    assert.deepEqual([needed, level], [22, 0.1]);
    assert.equal(cheapest(tests), null);
  });

  it('counts an answer as worse only where full depth has fewer errors', () => {
    const cases = [...many(40, easy), ...many(20, wins)];
    assert.deepEqual(
      certify(cases, options({ risk: 'worse' })).tests.map(({ losses }) => losses),
      [0, 0],
    );
    assert.deepEqual(
      certify([...many(40, easy), ...many(20, hard)], options({ risk: 'worse' })).tests.map(({ losses }) => losses),
      [0, 20],
    );
    assert.throws(() => certify([labelCase('x', 'x', [0, 0], ['a', 'a'])], options({ risk: 'worse' })), RangeError);
  });

  it('takes one case a document, or the mean of its cases', () => {
    const cases = many(40, (index) => (index % 4 === 0 ? hard(index, `d${index >> 2}`) : easy(index, `d${index >> 2}`)));
    const one = certify(cases, options());
    assert.deepEqual([one.n, one.cases, one.documents], [10, 40, 10]);
    const mean = certify(cases, options({ documents: 'mean' }));
    assert.deepEqual([mean.n, mean.tests[1]!.losses], [10, 2.5]);
  });

  it('splits delta over the chains, or over the policies with Holm', () => {
    const three = [...chains, ...chains, ...chains];
    assert.ok(Math.abs(certify(many(50, easy), options({ chains: three })).level - 0.1 / 3) < 1e-12);
    assert.ok(Math.abs(certify(many(50, easy), options({ chains: three, correction: 'holm' })).level - 0.1 / 6) < 1e-12);
  });

  it('asks a per-class policy to pass in every class that has enough cases, and lists the others', () => {
    const sick = (index: number) => labelCase(`s${index}`, `s${index}`, [0.5, 0.1, 0], ['well', 'sick', 'sick'], 'sick');
    const rare = (index: number) => labelCase(`r${index}`, `r${index}`, [0.5, 0.1, 0], ['x', 'x', 'rare'], 'rare');
    const cases = [...many(400, easy), ...many(30, sick), ...many(5, rare)];
    const whole = certify(cases, options());
    assert.ok(whole.tests[1]!.certified, 'over all cases few answers differ');
    for (const perClass of ['full-depth', 'gold'] as const) {
      const { tests, uncovered } = certify(cases, options({ perClass }));
      assert.deepEqual([tests[0]!.certified, tests[1]!.certified], [true, false]);
      assert.deepEqual(tests[1]!.classes.sick, { n: 30, losses: 30, pValue: tests[1]!.classes.sick!.pValue });
      assert.deepEqual(uncovered, { rare: 5 });
    }
  });

  it('picks the cheapest by any cost, of equals the safer', () => {
    const tests = certify(many(60, easy), options()).tests;
    assert.equal(cheapest(tests)?.policy.entropyThreshold, 0.2);
    assert.equal(cheapest(tests, ({ policy }) => (policy.entropyThreshold === 0.6 ? 1 : 2))?.policy.entropyThreshold, 0.6);
  });
});

describe('classLoss', () => {
  const spans = (places: readonly string[]) => ({ key: places.join(' '), counts: null, parts: new Map([['drug', new Set(places)]]) });
  const gold = spans(['0-1', '4-6']).parts;
  const loss = (risk: RiskKind, given: readonly string[], deep: readonly string[]) =>
    classLoss(risk, 'drug', { answer: spans(given), full: spans(deep) }, { kind: 'spans', gold });

  it('is, for spans, a difference in those of the class', () => {
    assert.deepEqual([loss('differs', ['0-1'], ['0-1']), loss('differs', ['0-1'], ['0-2']), loss('differs', [], ['0-1'])], [0, 1, 1]);
  });

  it('counts more errors than full depth made, where full depth was not right either', () => {
    assert.equal(loss('worse', [], ['0-1']), 1);
    assert.equal(loss('worse', ['0-1', '9-10'], ['0-1']), 1);
    assert.equal(loss('worse', ['4-6'], ['0-1']), 0);
    assert.equal(loss('worse', ['0-1', '4-6'], ['0-1']), 0);
  });

  it('is refused where nobody knows the wanted answer', () => {
    const outcome = { answer: spans([]), full: spans(['0-1']) };
    assert.throws(() => classLoss('worse', 'drug', outcome, { kind: 'spans', gold: null }), RangeError);
  });
});

describe('policyChains', () => {
  it('order each patience from its safest to its boldest threshold, and leave full depth out', () => {
    assert.deepEqual(policyChains({ thresholds: [0.3, 0.1, 0.3], patiences: [1, 2, 3, 9], layers: 4 }), [
      [0.1, 0.3].map((entropyThreshold) => ({ entropyThreshold, patience: 'off' })),
      ['off', 0.1, 0.3].map((entropyThreshold) => ({ entropyThreshold, patience: 2 })),
      ['off', 0.1, 0.3].map((entropyThreshold) => ({ entropyThreshold, patience: 1 })),
    ]);
    assert.deepEqual(policyChains({ thresholds: [], patiences: [], layers: 4 }), []);
  });
});
