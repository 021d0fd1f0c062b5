/**
 * Fixed-sequence testing along chains (Learn then Test, section 3.2): each chain has an equal part of delta and is walked from its safest hypothesis to its boldest; the
 * first that is not rejected ends it. The order must be fixed before the data are seen. The chance of any false rejection is at most delta.
 * @param chains p-values, safest first
 * @returns by chain, how many from its start on are rejected (their policies certified)
 */
export function fixedSequence(chains: readonly (readonly number[])[], delta: number): number[] {
  const level = delta / chains.length;
  return chains.map((pValues) => {
    const stop = pValues.findIndex((pValue) => !(pValue <= level));
    return stop < 0 ? pValues.length : stop;
  });
}

/**
 * Holm's step-down correction: the chance of any false rejection is at most delta, in whatever order and dependence.
 * @returns by hypothesis, whether it is rejected (its policy certified)
 */
export function holm(pValues: readonly number[], delta: number): boolean[] {
  const rejected = pValues.map(() => false);
  const order = pValues.map((_, index) => index).toSorted((a, b) => pValues[a]! - pValues[b]!);
  for (const [rank, index] of order.entries()) {
    if (!(pValues[index]! <= delta / (pValues.length - rank))) break;
    rejected[index] = true;
  }
  return rejected;
}
