/** Lanczos coefficients for g = 7, n = 9 (Godfrey): relative error under 1e-14 for positive arguments. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** Natural logarithm of the gamma function for x >= 1. */
function lnGamma(x: number): number {
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (let term = 1; term < LANCZOS.length; term++) sum += LANCZOS[term]! / (shifted + term);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * Natural logarithm of P(X <= successes) for X ~ Bin(trials, probability): the terms are added up in log space, from the largest down, so that tails far below the
 * smallest double keep their value.
 * @param successes whole, 0 to `trials`
 * @param probability strictly between 0 and 1
 * @returns at most 0
 */
export function lnBinomialCdf(successes: number, trials: number, probability: number): number {
  if (successes >= trials) return 0;
  const [lnP, lnQ] = [Math.log(probability), Math.log1p(-probability)];
  const lnTerm = (k: number) => lnGamma(trials + 1) - lnGamma(k + 1) - lnGamma(trials - k + 1) + k * lnP + (trials - k) * lnQ;
  // Terms rise up to the mode; from there down, each is the one before times a ratio under 1.
  const top = Math.min(successes, Math.floor((trials + 1) * probability));
  let sum = 0;
  let term = 1;
  for (let k = top; k >= 0 && term > sum * Number.EPSILON; k--) {
    sum += term;
    term *= (k * (1 - probability)) / ((trials - k + 1) * probability);
  }
  term = 1;
  for (let k = top; k < successes; k++) {
    term *= ((trials - k) * probability) / ((k + 1) * (1 - probability));
    sum += term;
  }
  return Math.min(0, lnTerm(top) + Math.log(sum));
}
