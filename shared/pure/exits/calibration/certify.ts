import type { ExitPolicy } from '../types.ts';
import { type Case, caseOutcome, classLoss, isGraded, lossOf, type RiskKind } from './cases.ts';
import { fixedSequence, holm } from './corrections.ts';
import { binomialPValue, hoeffdingBentkusPValue, rowsNeeded } from './p-values.ts';

/** What is to be shown, and how sure. */
export interface RiskLimit {
  readonly risk: RiskKind;
  /** Highest risk that is allowed, strictly between 0 and 1. */
  readonly epsilon: number;
  /** Highest chance that a certified policy breaks `epsilon`, strictly between 0 and 1. */
  readonly delta: number;
}

/** How cases of one document are dealt with. */
export type DocumentUse =
  /** One case a document, drawn before the losses are known: they are independent; where they are 0 or 1 the test is exact (binomial). */
  | 'one'
  /** The mean loss of each document's cases: uses all of them; the test is that of Hoeffding and Bentkus. */
  | 'mean';

/** How policies are certified. */
export interface CertifyOptions extends RiskLimit {
  /** Chains of policies, each from its safest to its boldest, fixed before the data are seen. */
  readonly chains: readonly (readonly ExitPolicy[])[];
  readonly correction: 'fixed-sequence' | 'holm';
  readonly documents: DocumentUse;
  /** Certify each class of this answer beside the whole; null: the whole alone. */
  readonly perClass: 'full-depth' | 'gold' | null;
  /** Uniform in [0, 1): draws the cases. */
  readonly random: () => number;
}

/** One hypothesis: a policy on some cases. */
export interface ClassTest {
  /** Cases or documents. */
  readonly n: number;
  /** Sum of the losses; whole unless documents' means are added up. */
  readonly losses: number;
  readonly pValue: number;
}

/** What the cases say of a policy. */
export interface PolicyTest extends ClassTest {
  readonly policy: ExitPolicy;
  /** Highest p-value of the whole and of the classes: that of "the risk is above epsilon somewhere". */
  readonly highestPValue: number;
  readonly classes: Readonly<Record<string, ClassTest>>;
  readonly certified: boolean;
  /** Of all rows of the cases tested: mean exit layer, and tokens times layers against full depth. */
  readonly meanExitLayer: number;
  readonly tokenLayers: number;
  readonly tokenSpeedUp: number;
}

/** Certified policies among those tested. */
export interface Certification {
  readonly n: number;
  /** Cases that the data have, and documents that they are from. */
  readonly cases: number;
  readonly documents: number;
  readonly tests: readonly PolicyTest[];
  /** Classes with too few cases to be certified on their own: outside the per-class guarantee, with their numbers. */
  readonly uncovered: Readonly<Record<string, number>>;
  /** Fewest cases with which any policy could pass without a single loss. */
  readonly needed: number;
  /** Level of the first test of a chain. */
  readonly level: number;
}

/**
 * Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, arXiv 2110.01052): tests, for each policy, the hypothesis that its risk is above epsilon, and certifies
 * those whose hypothesis falls under a correction for their number. Holds if documents are exchangeable with those to come and neither trained nor selected anything.
 *
 * Per class: a policy must pass in every class with enough cases as well (each at the same level: its hypothesis is that some class breaks epsilon, so no further
 * correction is due). Which classes have enough is decided by their numbers alone, before any loss is looked at.
 */
export function certify(all: readonly Case[], options: CertifyOptions): Certification {
  const { chains, delta, epsilon, correction, documents, perClass } = options;
  const groups = byDocument(all);
  const used =
    documents === 'one' ? [...groups.values()].map((own) => [own[Math.floor(options.random() * own.length)]!]) : [...groups.values()];
  const level = delta / (correction === 'holm' ? chains.flat().length : chains.length);
  const needed = rowsNeeded(epsilon, level)!;
  const classes = perClass === null ? [] : countClasses(used.flat(), perClass);
  const covered = classes.filter(({ cases }) => byDocument(cases).size >= needed);
  const measured = chains.map((chain) => chain.map((policy) => measure(policy, used, covered, options)));
  const passed = decide(measured, correction, delta);
  return {
    n: used.length,
    cases: all.length,
    documents: groups.size,
    tests: measured.flat().map((test, index) => ({ ...test, certified: passed[index]! })),
    uncovered: Object.fromEntries(classes.filter((one) => !covered.includes(one)).map(({ name, cases }) => [name, byDocument(cases).size])),
    needed,
    level,
  };
}

/** The certified policy that costs least, or null; of equals the first, which is the safer of a chain. */
export function cheapest(
  tests: readonly PolicyTest[],
  costOf: (test: PolicyTest) => number = (test) => test.tokenLayers,
): PolicyTest | null {
  return tests
    .filter(({ certified }) => certified)
    .reduce<PolicyTest | null>((best, test) => (best === null || costOf(test) < costOf(best) ? test : best), null);
}

type Measured = Omit<PolicyTest, 'certified'>;

function decide(chains: readonly (readonly Measured[])[], correction: CertifyOptions['correction'], delta: number): boolean[] {
  const pValues = chains.map((chain) => chain.map(({ highestPValue }) => highestPValue));
  if (correction === 'holm') return holm(pValues.flat(), delta);
  const lengths = fixedSequence(pValues, delta);
  return pValues.flatMap((chain, at) => chain.map((_, index) => index < lengths[at]!));
}

interface ClassCases {
  readonly name: string;
  readonly cases: readonly Case[];
}

function measure(
  policy: ExitPolicy,
  documents: readonly (readonly Case[])[],
  covered: readonly ClassCases[],
  options: CertifyOptions,
): Measured {
  const { risk } = options;
  let [rows, layers, tokenLayers, fullTokenLayers] = [0, 0, 0, 0];
  const means = documents.map((cases) => {
    let losses = 0;
    for (const one of cases) {
      const outcome = caseOutcome(one, policy);
      losses += lossOf(risk, outcome);
      rows += outcome.exitLayers.length;
      layers += outcome.exitLayers.reduce((sum, layer) => sum + layer, 0);
      tokenLayers += outcome.tokenLayers;
      fullTokenLayers += one.rows.reduce((sum, { tokens, trace }) => sum + tokens * trace.entropies.length, 0);
    }
    return losses / cases.length;
  });
  const whole = test(means, options);
  const classes = Object.fromEntries(
    covered.map(({ name, cases }): [string, ClassTest] => {
      const own = [...byDocument(cases).values()].map(
        (same) => same.reduce((sum, one) => sum + classLoss(risk, name, caseOutcome(one, policy), one), 0) / same.length,
      );
      return [name, test(own, options)];
    }),
  );
  return {
    policy,
    ...whole,
    classes,
    highestPValue: Math.max(whole.pValue, ...Object.values(classes).map(({ pValue }) => pValue)),
    meanExitLayer: rows === 0 ? 0 : layers / rows,
    tokenLayers,
    tokenSpeedUp: tokenLayers === 0 ? 1 : fullTokenLayers / tokenLayers,
  };
}

function test(means: readonly number[], options: Pick<CertifyOptions, 'risk' | 'epsilon' | 'documents'>): ClassTest {
  const { epsilon } = options;
  const n = means.length;
  const losses = means.reduce((sum, mean) => sum + mean, 0);
  const pValue = isExact(options) ? binomialPValue(losses, n, epsilon) : hoeffdingBentkusPValue(n === 0 ? 0 : losses / n, n, epsilon);
  return { n, losses, pValue };
}

/** Whether losses are 0 or 1 and independent, so that the exact test holds. */
export const isExact = ({ risk, documents }: Pick<CertifyOptions, 'risk' | 'documents'>): boolean => documents === 'one' && !isGraded(risk);

function countClasses(cases: readonly Case[], by: 'full-depth' | 'gold'): ClassCases[] {
  const classes = new Map<string, Case[]>();
  for (const one of cases) {
    const deep = one.answers.get(exitsKeyOfFull(one))!;
    for (const name of (by === 'gold' ? one.gold : deep.parts)?.keys() ?? []) {
      if (!classes.has(name)) classes.set(name, []);
      classes.get(name)!.push(one);
    }
  }
  return [...classes].map(([name, own]) => ({ name, cases: own })).toSorted((a, b) => b.cases.length - a.cases.length);
}

const exitsKeyOfFull = ({ rows }: Case) => rows.map(({ trace }) => trace.entropies.length).join(' ');

function byDocument(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    if (!groups.has(one.document)) groups.set(one.document, []);
    groups.get(one.document)!.push(one);
  }
  return groups;
}
