import type { Provider } from '../threads/thread-protocol.ts';

/** Smaller batches cost more per token. */
export const MIN_BATCH_TOKENS = 128;

/**
 * Padded tokens of a batch where the options name none: 512 at a hidden size of 384, fewer for a
 * wider model. At this size the fixed cost of a run on a CPU core is small. More tokens gain
 * nothing and pad more (docs/BENCHMARKS.md, batch 8 and 32).
 */
export function autoBatchTokens(provider: Provider, hidden: number): number {
  return provider === 'cuda' ? 16_384 : Math.max(MIN_BATCH_TOKENS, Math.floor((512 * 384) / hidden));
}

/**
 * The fixed cost of a batch, in tokens. Below about 64 tokens a run on a CPU core gets no cheaper;
 * a GPU needs thousands to be busy.
 */
export function overheadTokens(provider: Provider): number {
  return provider === 'cuda' ? 2048 : 64;
}
