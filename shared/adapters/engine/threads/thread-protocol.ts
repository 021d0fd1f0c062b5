import type { GraphReport } from '../graph/graph-contract.ts';
import type { NamedTensor } from '../graph/tensors.ts';

/** Where a graph runs. */
export type Provider = 'cpu' | 'cuda';

/** What a batch thread is started with. */
export interface ThreadData {
  /** Absolute path of the graph's file; its weights lie beside it. */
  readonly graphPath: string;
  readonly provider: Provider;
  /** Outputs to fetch. */
  readonly outputs: readonly string[];
}

/** From the engine to a batch thread. After `close` it ends by itself. */
export type ToThread = { readonly type: 'run'; readonly inputs: readonly NamedTensor[] } | { readonly type: 'close' };

/** From a batch thread: once `ready` or `load-failed`, then one `done` or `failed` for each `run`. */
export type FromThread =
  | { readonly type: 'ready'; readonly report: GraphReport }
  | { readonly type: 'load-failed'; readonly message: string }
  | { readonly type: 'done'; readonly outputs: readonly NamedTensor[]; readonly runMs: number }
  | { readonly type: 'failed'; readonly message: string };
