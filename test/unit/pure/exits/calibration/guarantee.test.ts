import assert from 'node:assert/strict';
import {
  type Case,
  type CertifyOptions,
  caseOutcome,
  certify,
  cheapest,
  type ExitPolicy,
  lossOf,
  policyChains,
  seededRandom,
} from '@epee/exits';
import { inventedCase } from './cases.ts';

/** The guarantee itself, on a population whose true risks are known: redrawn samples must pick a policy that breaks epsilon in at most delta of the redraws. */
const REDRAWS = 1000;
const [EPSILON, DELTA] = [0.1, 0.2];
/** Three standard deviations of a share of {@link REDRAWS} at delta. */
const NOISE = 3 * Math.sqrt((DELTA * (1 - DELTA)) / REDRAWS);
const chains = policyChains({ thresholds: [0.2, 0.3, 0.35, 0.4, 0.5], patiences: [1, 2], layers: 4 });
const options: Omit<CertifyOptions, 'random' | 'documents'> = {
  risk: 'differs',
  epsilon: EPSILON,
  delta: DELTA,
  chains,
  correction: 'fixed-sequence',
  perClass: null,
};

/** The true risk of a policy: that of a random case of a random document. */
function trueRisk(documents: readonly (readonly Case[])[], policy: ExitPolicy): number {
  const means = documents.map((cases) => cases.reduce((sum, one) => sum + lossOf('differs', caseOutcome(one, policy)), 0) / cases.length);
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

const keyOf = ({ entropyThreshold, patience }: ExitPolicy) => `${entropyThreshold} ${patience}`;

/** Shares of redraws whose chosen policy truly breaks epsilon: chosen by `certify`, and by the observed risk alone. */
function redraw(documents: readonly (readonly Case[])[], size: number, use: CertifyOptions['documents'], redraws: number) {
  const risks = new Map(chains.flat().map((policy) => [keyOf(policy), trueRisk(documents, policy)]));
  const random = seededRandom(5);
  let [broken, careless, certified] = [0, 0, 0];
  for (let draw = 0; draw < redraws; draw++) {
    const sample = Array.from({ length: size }, (_, place) =>
      documents[Math.floor(random() * documents.length)]!.map((one) => ({ ...one, document: String(place) })),
    ).flat();
    const { tests, n } = certify(sample, { ...options, documents: use, random });
    const chosen = cheapest(tests);
    if (chosen !== null) certified += 1;
    if (chosen !== null && risks.get(keyOf(chosen.policy))! > EPSILON) broken += 1;
    const naive = cheapest(tests.map((test) => ({ ...test, certified: test.losses / n <= EPSILON })));
    if (naive !== null && risks.get(keyOf(naive.policy))! > EPSILON) careless += 1;
  }
  return { broken: broken / redraws, careless: careless / redraws, certified: certified / redraws, risks: [...risks.values()] };
}

describe('the guarantee of calibration', () => {
  const random = seededRandom(3);

  it(`holds over ${REDRAWS} redraws of independent rows, where choosing by the observed risk breaks it`, () => {
    const documents = Array.from({ length: 4000 }, (_, index) => [inventedCase(`${index}`, `${index}`, random)]);
    const { broken, careless, certified, risks } = redraw(documents, 120, 'one', REDRAWS);
    assert.ok(risks.some((risk) => risk > EPSILON) && risks.some((risk) => risk > 0 && risk < EPSILON), 'there is something to get wrong');
    assert.ok(certified > 0.5, `something is certified in ${certified} of the redraws`);
    assert.ok(broken <= DELTA + NOISE, `broken in ${broken} of the redraws`);
    assert.ok(careless > DELTA + NOISE, `without a test: broken in ${careless}`);
  }).timeout(120_000);

  it('holds where the rows of a document share their fate, by one row a document and by means', () => {
    const documents = Array.from({ length: 1500 }, (_, index) => {
      const ease = random();
      return Array.from({ length: 6 }, (_, row) => inventedCase(`${index}.${row}`, `${index}`, random, ease));
    });
    for (const use of ['one', 'mean'] as const) {
      const { broken } = redraw(documents, 120, use, 200);
      assert.ok(broken <= DELTA + 3 * Math.sqrt((DELTA * (1 - DELTA)) / 200), `${use}: broken in ${broken}`);
    }
  }).timeout(120_000);
});
