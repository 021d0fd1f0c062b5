/** Limits of one batch. */
export interface BatchLimits {
  /** Padded tokens: rows x the longest row. A longer single row makes a batch of its own. */
  readonly maxTokens: number;
  readonly maxRows: number;
  /**
   * Fixed cost of a batch, in padded tokens: two batches are better than one only if they save more
   * padding than this.
   */
  readonly overheadTokens: number;
}

/**
 * Cuts rows into batches at the lowest total cost: padded tokens plus the overhead of each batch.
 * Rows of similar length share a batch.
 *
 * Of rows sorted by length, a batch is a run of neighbours: cost(i) = min over batches that end at
 * i of cost(start) + rows x longest + overhead. The time is O(rows x maxRows).
 * @param lengths tokens of each row
 * @returns indices into `lengths`; every row is in exactly one batch
 */
export function planBatches(lengths: readonly number[], { maxTokens, maxRows, overheadTokens }: BatchLimits): number[][] {
  const order = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const cost = new Float64Array(order.length + 1);
  const startOf = new Int32Array(order.length + 1);
  for (let end = 1; end <= order.length; end++) {
    const longest = lengths[order[end - 1]!]!;
    cost[end] = Number.POSITIVE_INFINITY;
    for (let rows = 1; rows <= Math.min(maxRows, end); rows++) {
      if (rows > 1 && rows * longest > maxTokens) break;
      const candidate = cost[end - rows]! + rows * longest + overheadTokens;
      // At equal cost the larger batch wins: fewer calls.
      if (candidate <= cost[end]!) [cost[end], startOf[end]] = [candidate, end - rows];
    }
  }
  const batches: number[][] = [];
  for (let end = order.length; end > 0; end = startOf[end]!) batches.push(order.slice(startOf[end], end));
  return batches.reverse();
}
