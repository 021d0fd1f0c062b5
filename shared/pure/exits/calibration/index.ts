export { lnBinomialCdf } from './binomial.ts';
export {
  type Case,
  type CaseAnswer,
  type CaseOutcome,
  type CaseRow,
  caseOutcome,
  exitLayersOf,
  exitsKey,
  isGraded,
  lossOf,
  needsGold,
  type Parts,
  RISK_KINDS,
  type RiskKind,
} from './cases.ts';
export {
  type Certificate,
  type CertificateData,
  type CertificateParts,
  certificateOf,
  type MeasuredTime,
  RISK_WORDS,
  type Shortfall,
  shortfallOf,
} from './certificate.ts';
export {
  type Certification,
  type CertifyOptions,
  type ClassTest,
  certify,
  cheapest,
  type DocumentUse,
  type PolicyTest,
  type RiskLimit,
} from './certify.ts';
export { fixedSequence, holm } from './corrections.ts';
export { type GridAxes, PATIENCES, policyChains, THRESHOLDS } from './grid.ts';
export { binomialPValue, hoeffdingBentkusPValue, rowsNeeded } from './p-values.ts';
export { seededRandom } from './random.ts';
