/** Edit distance of two words (Levenshtein, one row of the table at a time). */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(change, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}

/**
 * The known name that is most similar to a mistyped one, or `null` where more than a third of the
 * letters differ.
 */
export function suggest(name: string, known: readonly string[]): string | null {
  if (name.length > 100) return null;
  const ranked = known.map((candidate) => ({ candidate, steps: distance(name, candidate) })).sort((a, b) => a.steps - b.steps);
  const best = ranked[0];
  return best !== undefined && best.steps <= name.length / 3 ? best.candidate : null;
}
