import { lnBinomialCdf } from './binomial.ts';

/**
 * Exact p-value of "the risk is above epsilon" when each of n independent losses is 0 or 1: the probability of as few losses at a risk of exactly epsilon,
 * P(Bin(n, epsilon) <= losses) (Angelopoulos et al., Learn then Test, arXiv 2110.01052). Valid: under the hypothesis it is at most u with probability at most u.
 * @param losses whole, 0 to n
 * @returns 1 without rows
 */
export function binomialPValue(losses: number, n: number, epsilon: number): number {
  return n === 0 ? 1 : Math.exp(lnBinomialCdf(losses, n, epsilon));
}

/**
 * The p-value of Hoeffding and Bentkus for n independent losses in [0, 1] of any kind, such as means over a document (Bates et al., arXiv 2101.02703):
 * min(exp(-n h(mean, epsilon)), e P(Bin(n, epsilon) <= ceil(n mean))), h(a, b) = a ln(a / b) + (1 - a) ln((1 - a) / (1 - b)).
 * @param mean of the losses, 0 to 1
 * @returns 1 without rows
 */
export function hoeffdingBentkusPValue(mean: number, n: number, epsilon: number): number {
  if (n === 0 || mean >= epsilon) return 1;
  const hoeffding = Math.exp(-n * relativeEntropy(mean, epsilon));
  // A sum of losses that is whole but for rounding must not count one more.
  const bentkus = Math.E * Math.exp(lnBinomialCdf(Math.ceil(n * mean - 1e-9), n, epsilon));
  return Math.min(1, hoeffding, bentkus);
}

/** Kullback-Leibler divergence of two coins, natural units. */
function relativeEntropy(a: number, b: number): number {
  const part = (x: number, y: number) => (x === 0 ? 0 : x * Math.log(x / y));
  return part(a, b) + part(1 - a, 1 - b);
}

/**
 * Rows that an exact test needs to show a risk of at most epsilon at a level, if losses keep coming at a rate; null where no number of rows would do.
 * @param rate share of losses, 0 to 1
 */
export function rowsNeeded(epsilon: number, level: number, rate = 0): number | null {
  if (rate >= epsilon) return null;
  const enough = (n: number) => lnBinomialCdf(Math.ceil(rate * n), n, epsilon) <= Math.log(level);
  let high = 1;
  while (!enough(high)) {
    high *= 2;
    if (high > MOST_ROWS) return null;
  }
  // Losses are whole, so that one row more may fail where one less passed: the first from which on a doubling would hold is near enough.
  let low = high >> 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const MOST_ROWS = 2 ** 26;
