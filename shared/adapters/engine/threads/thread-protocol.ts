import type { GraphReport } from '../graph/graph-contract.ts';
import type { NamedTensor } from '../graph/tensors.ts';

/** Where a graph runs. */
export type Provider = 'cpu' | 'cuda';

/** Start data of a batch thread. */
export interface ThreadData {
  /** Absolute path of the graph's file; its weights are in the same folder. */
  readonly graphPath: string;
  readonly provider: Provider;
  /** Names of the outputs to fetch. */
  readonly outputs: readonly string[];
}

/** Messages from the engine to a batch thread. It ends after `close`. */
export type ToThread = { readonly type: 'run'; readonly inputs: readonly NamedTensor[] } | { readonly type: 'close' };

/**
 * Messages from a batch thread: `ready` or `load-failed` once, then `done` or `failed` per `run`.
 */
export type FromThread =
  | { readonly type: 'ready'; readonly report: GraphReport }
  | { readonly type: 'load-failed'; readonly message: string }
  | { readonly type: 'done'; readonly outputs: readonly NamedTensor[]; readonly runMs: number }
  | { readonly type: 'failed'; readonly message: string };
