import { highestLabel } from './entropy.ts';

/** One decision at one layer whose right answer is known. */
export interface Decision {
  readonly logits: ArrayLike<number>;
  /** Index of the wanted label. */
  readonly gold: number;
}

/** Decisions whose confidence falls into one bin. */
export interface ReliabilityBin {
  /** Confidence, from (exclusive, but for the first bin) and to (inclusive). */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin; 0 of none. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** How far a head's confidence can be believed. */
export interface Reliability {
  readonly decisions: number;
  readonly accuracy: number;
  readonly confidence: number;
  /** Expected calibration error: mean over the decisions of |accuracy - confidence| of their bins (Guo et al., arXiv 1706.04599), 0 to 1. */
  readonly ece: number;
  /** Mean negative log-likelihood of the wanted labels, natural units. */
  readonly nll: number;
  readonly bins: readonly ReliabilityBin[];
}

const BINS = 15;

/** An answer's confidence, and whether the answer is right. */
export interface ConfidentAnswer {
  readonly confidence: number;
  readonly right: boolean;
}

/** {@link Reliability} of answers whose logits are not at hand. */
export type AnswerReliability = Omit<Reliability, 'nll'>;

/** Compares confidence with how often it is right, with logits divided by a temperature. */
export function reliabilityOf(decisions: readonly Decision[], temperature = 1): Reliability {
  let nll = 0;
  const answers = decisions.map(({ logits, gold }): ConfidentAnswer => {
    const label = highestLabel(logits);
    nll -= lnProbability(logits, gold, temperature);
    return { confidence: Math.exp(lnProbability(logits, label, temperature)), right: label === gold };
  });
  const { bins, ...rest } = answerReliability(answers);
  return { ...rest, nll: nll / Math.max(1, decisions.length), bins };
}

/** Compares the confidence of answers with how often they are right. */
export function answerReliability(answers: readonly ConfidentAnswer[]): AnswerReliability {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of answers) {
    const sum = sums[Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1))]!;
    sum.count += 1;
    sum.confidence += confidence;
    sum.right += Number(right);
  }
  const size = Math.max(1, answers.length);
  const total = (field: 'confidence' | 'right') => sums.reduce((sum, own) => sum + own[field], 0);
  return {
    decisions: answers.length,
    accuracy: total('right') / size,
    confidence: total('confidence') / size,
    ece: sums.reduce((sum, { confidence, right }) => sum + Math.abs(right - confidence), 0) / size,
    bins: sums.map(({ count, confidence, right }, bin) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      count,
      confidence: count === 0 ? 0 : confidence / count,
      accuracy: count === 0 ? 0 : right / count,
    })),
  };
}

const LN_RANGE = Math.log(50);
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 40;

/**
 * The temperature by which logits are to be divided so that the wanted labels are likeliest (Guo et al.): golden-section search over its logarithm; the negative
 * log-likelihood is convex in its inverse, hence has one minimum.
 * @returns from 1/50 to 50; 1 without decisions
 */
export function fitTemperature(decisions: readonly Decision[]): number {
  if (decisions.length === 0) return 1;
  const cost = (lnTemperature: number) => {
    const temperature = Math.exp(lnTemperature);
    return decisions.reduce((sum, { logits, gold }) => sum - lnProbability(logits, gold, temperature), 0);
  };
  let [low, high] = [-LN_RANGE, LN_RANGE];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [costLeft, costRight] = [cost(left), cost(right)];
  for (let step = 0; step < STEPS; step++) {
    if (costLeft <= costRight) {
      [high, right, costRight] = [right, left, costLeft];
      left = high - GOLDEN * (high - low);
      costLeft = cost(left);
    } else {
      [low, left, costLeft] = [left, right, costRight];
      right = low + GOLDEN * (high - low);
      costRight = cost(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Natural logarithm of the probability of a label. */
function lnProbability(logits: ArrayLike<number>, label: number, temperature: number): number {
  const own = logits[label]!;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) highest = Math.max(highest, (logits[i]! - own) / temperature);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i]! - own) / temperature - highest);
  return -highest - Math.log(sum);
}
