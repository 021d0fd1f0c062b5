/**
 * Entropy of softmax(logits) divided by the logarithm of the number of labels: 0 = certain, 1 = uniform (EPEE, arXiv 2503.02053).
 *
 * Computed in doubles from the log-softmax, so that finite logits of any size give a number. One label alone is certain: 0.
 * @param logits one value a label; only `logits[start]` to `logits[end - 1]` are read
 * @returns a value in [0, 1], or NaN if a logit is not finite or there is none
 */
export function normalisedEntropy(logits: ArrayLike<number>, start = 0, end = logits.length): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const logit = logits[i]!;
    if (!Number.isFinite(logit)) return Number.NaN;
    if (logit > highest) highest = logit;
  }
  if (end - start <= 1) return end - start === 1 ? 0 : Number.NaN;
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(logits[i]! - highest);
  const logSum = Math.log(sum);
  let entropy = 0;
  for (let i = start; i < end; i++) {
    const logProbability = logits[i]! - highest - logSum;
    const probability = Math.exp(logProbability);
    // 0 * -Infinity is NaN where two logits differ by more than a double can hold.
    if (probability > 0) entropy -= probability * logProbability;
  }
  // Rounding may leave the unit interval by a few units in the last place.
  return Math.min(1, Math.max(0, entropy / Math.log(end - start)));
}

/**
 * Index of the highest logit, counted from `start`; the first of equals, as ONNX ArgMax and PyTorch answer.
 * @param logits one value a label; only `logits[start]` to `logits[end - 1]` are read
 */
export function highestLabel(logits: ArrayLike<number>, start = 0, end = logits.length): number {
  let best = start;
  for (let i = start + 1; i < end; i++) if (logits[i]! > logits[best]!) best = i;
  return best - start;
}

/**
 * Probability that softmax(logits) gives to one label.
 * @param label counted from `start`
 * @returns a value in [0, 1], or NaN if a logit is not finite
 */
export function labelProbability(logits: ArrayLike<number>, label: number, start = 0, end = logits.length): number {
  const own = logits[start + label]!;
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(logits[i]! - own);
  return 1 / sum;
}
