import type { ExitReason } from '@epee/records';
import { layerAnswer, layerEntropy, type PooledLayers, sameAnswer, type TaggingLayers } from './decide.ts';
import { reasonToExit } from './reason.ts';
import type { ExitPolicy } from './types.ts';

/** A row's way through every layer, reduced to what an exit rule looks at: any number of policies can be followed over it. */
export interface RowTrace {
  /** Normalised entropy by layer; NaN where a logit that counts is not finite. */
  readonly entropies: Float64Array;
  /** Times in a row that the answer had been that of the layer before, by layer; 0 at the first. */
  readonly agreements: Uint16Array;
}

/** Where a policy lets a row leave, and why. */
export interface TracedExit {
  /** Counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/** Reduces every layer's logits of a row to its {@link RowTrace}. */
export function traceRow(row: PooledLayers | TaggingLayers): RowTrace {
  const size = row.layers.length;
  const entropies = new Float64Array(size);
  const agreements = new Uint16Array(size);
  let before = null;
  for (let layer = 0; layer < size; layer++) {
    entropies[layer] = layerEntropy(row, layer);
    const answer = layerAnswer(row, layer);
    agreements[layer] = before !== null && sameAnswer(before, answer) ? agreements[layer - 1]! + 1 : 0;
    before = answer;
  }
  return { entropies, agreements };
}

/** The exit rule over a trace: the same exits as `decideExits` over the logits. */
export function followTrace({ entropies, agreements }: RowTrace, policy: ExitPolicy): TracedExit {
  const last = entropies.length - 1;
  for (let layer = 0; layer < last; layer++) {
    const exitReason = reasonToExit(entropies[layer]!, agreements[layer]!, policy);
    if (exitReason !== null) return { exitLayer: layer + 1, exitReason };
  }
  return { exitLayer: last + 1, exitReason: 'final' };
}
