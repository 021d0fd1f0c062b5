import type { BatchLimits } from './batch-plan.ts';

/**
 * Fills what room a batch has with further rows, none longer than its longest: they make it no
 * longer, and cost it nothing but their own tokens.
 * @param batch indices of its rows
 * @param lengths tokens of all rows, those of the batch included
 * @param from index of the first row that may fill it
 */
export function fillBatch(
  batch: readonly number[],
  lengths: readonly number[],
  from: number,
  { maxTokens, maxRows }: BatchLimits,
): number[] {
  const longest = Math.max(...batch.map((index) => lengths[index]!));
  const room = Math.min(maxRows, Math.floor(maxTokens / longest)) - batch.length;
  if (room <= 0) return [...batch];
  const shorter = [...lengths.keys()].filter((index) => index >= from && lengths[index]! <= longest);
  // Long ones first: they pad least.
  const fillers = shorter.sort((a, b) => lengths[b]! - lengths[a]! || a - b).slice(0, room);
  return [...batch, ...fillers];
}
