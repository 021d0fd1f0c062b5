/**
 * Area under the ROC curve of one class against the rest: the chance that a row of the class has a higher score than one of another, ties counting half (Mann and
 * Whitney).
 * @returns 0 to 1, or null where one side has no rows
 */
export function aurocOf(scores: readonly number[], isPositive: readonly boolean[]): number | null {
  const order = scores.map((_, index) => index).toSorted((a, b) => scores[a]! - scores[b]!);
  const positives = isPositive.filter(Boolean).length;
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end += 1;
    // Ranks start at 1; rows of one score share the mean of theirs.
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at++) if (isPositive[order[at]!]) rankSum += rank;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean area under the ROC curve over the classes that some rows have and some have not; with two classes that of the second.
 * @param probabilities by row, one a class
 * @param gold by row, index of its class
 */
export function meanAuroc(probabilities: readonly (readonly number[])[], gold: readonly number[]): number | null {
  const classes = probabilities[0]?.length ?? 0;
  const asked = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index);
  const areas = asked.map((label) =>
    aurocOf(
      probabilities.map((row) => row[label]!),
      gold.map((own) => own === label),
    ),
  );
  const known = areas.filter((area) => area !== null);
  return known.length === 0 ? null : known.reduce((sum, area) => sum + area, 0) / known.length;
}
