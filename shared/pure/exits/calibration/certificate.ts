import type { ExitPolicy } from '../types.ts';
import { isGraded, type RiskKind } from './cases.ts';
import { type Certification, type CertifyOptions, type ClassTest, isExact, type PolicyTest } from './certify.ts';
import { rowsNeeded } from './p-values.ts';

/** What a certificate says of the data. */
export interface CertificateData {
  /** Name of the file, without folders. */
  readonly file: string;
  /** SHA-256 of the items used, hex. */
  readonly sha256: string;
  readonly items: number;
  /** How the document of an item was told. */
  readonly documentsBy: string;
}

/** What was shown of a policy, how, and on what; stands beside it in the manifest. */
export interface Certificate {
  readonly method: string;
  readonly risk: RiskKind;
  readonly statement: string;
  readonly epsilon: number;
  readonly delta: number;
  /** What one loss is about. */
  readonly unit: string;
  readonly n: number;
  readonly losses: number;
  readonly pValue: number;
  readonly level: number;
  /** Policies tested, and how many of them passed. */
  readonly tested: number;
  readonly passed: number;
  readonly meanExitLayer: number;
  readonly tokenSpeedUp: number;
  /** Full depth over this policy in measured time, and rows of a batch then; null where it was not measured. */
  readonly timeSpeedUp: number | null;
  readonly timeBatchRows: number | null;
  readonly perClass: {
    readonly by: 'full-depth' | 'gold';
    readonly classes: Readonly<Record<string, ClassTest>>;
    /** Classes with too few cases, for which nothing was shown, with their numbers. */
    readonly uncovered: Readonly<Record<string, number>>;
  } | null;
  readonly data: CertificateData & { readonly cases: number; readonly documents: number };
  /** Arithmetic in which it was shown. */
  readonly precision: 'fp32';
  /** Day, ISO 8601. */
  readonly date: string;
}

/** A risk in words: what happens, or of graded losses what their mean is of. */
export const RISK_WORDS: Readonly<Record<RiskKind, string>> = Object.freeze({
  differs: 'the answer differs from that of full depth',
  worse: 'the answer has more errors than that of full depth',
  f1: "1 - F1 of a document's spans against those of full depth",
  'f1-lost': "F1 of a document's spans that is lost against full depth",
});

/** What a certificate is made from. */
export interface CertificateParts {
  readonly certification: Certification;
  readonly chosen: PolicyTest;
  readonly options: Pick<CertifyOptions, 'risk' | 'epsilon' | 'delta' | 'correction' | 'documents' | 'perClass' | 'chains'>;
  readonly seed: number;
  readonly data: CertificateData;
  /** Null where it was not measured. */
  readonly time: MeasuredTime | null;
  readonly date: string;
}

/** What a policy saves by the clock: full depth's time over its own, with batches of so many rows. */
export interface MeasuredTime {
  readonly speedUp: number;
  readonly batchRows: number;
}

/** Writes the certificate of a chosen policy. */
export function certificateOf({ certification, chosen, options, seed, data, time, date }: CertificateParts): Certificate {
  const { risk, epsilon, delta, documents, perClass } = options;
  const among = perClass === null ? '' : ', over all answers and within each class named below';
  return {
    method: methodOf(options),
    risk,
    statement: `With confidence ${short(1 - delta)}, ${isGraded(risk) ? 'the mean of' : 'the risk that'} ${RISK_WORDS[risk]} is at most ${short(epsilon)} for documents like those tested${among}.`,
    epsilon,
    delta,
    unit:
      documents === 'one' ? `one answer of each document, drawn by chance (seed ${seed})` : 'the mean over the answers of each document',
    n: chosen.n,
    losses: chosen.losses,
    pValue: chosen.pValue,
    level: certification.level,
    tested: certification.tests.length,
    passed: certification.tests.filter(({ certified }) => certified).length,
    meanExitLayer: round(chosen.meanExitLayer),
    tokenSpeedUp: round(chosen.tokenSpeedUp),
    timeSpeedUp: time === null ? null : round(time.speedUp),
    timeBatchRows: time?.batchRows ?? null,
    perClass: perClass === null ? null : { by: perClass, classes: chosen.classes, uncovered: certification.uncovered },
    data: { ...data, cases: certification.cases, documents: certification.documents },
    precision: 'fp32',
    date,
  };
}

function methodOf(options: CertificateParts['options']): string {
  const { correction, chains } = options;
  const test = isExact(options) ? 'exact binomial p-values' : 'p-values of Hoeffding and Bentkus';
  const how =
    correction === 'holm'
      ? 'Holm'
      : `fixed sequence of thresholds in ${chains.length} chains, one a patience, each at an equal part of delta`;
  return `Learn then Test (arXiv 2110.01052); ${test}; ${how}`;
}

/** Why nothing passed: too few cases for even a loss-free policy, or losses too often. */
export interface Shortfall {
  readonly n: number;
  /** Cases with which a policy without a single loss would pass. */
  readonly needed: number;
  /** The policy that came nearest, with its share of losses; null without any policy. */
  readonly nearest: { readonly policy: ExitPolicy; readonly rate: number } | null;
  /** Cases that it would take at that share; null where no number would do. */
  readonly neededAtRate: number | null;
}

/** What was missing where nothing was certified. */
export function shortfallOf({ n, needed, level, tests }: Certification, epsilon: number): Shortfall {
  const nearest = tests.reduce<PolicyTest | null>(
    (best, test) => (best === null || test.highestPValue < best.highestPValue ? test : best),
    null,
  );
  if (nearest === null || n === 0) return { n, needed, nearest: null, neededAtRate: null };
  const rate = nearest.losses / n;
  return { n, needed, nearest: { policy: nearest.policy, rate }, neededAtRate: rowsNeeded(epsilon, level, rate) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
const short = (value: number) => String(Number(value.toPrecision(6)));
