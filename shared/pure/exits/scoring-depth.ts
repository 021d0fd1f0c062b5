import type { ExitReason } from '@epee/records';
import { type DepthUse, depthUse } from './depth.ts';

/** One row's way through the model. */
export interface RowExit {
  /** Counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
  /** Tokens of the row, [CLS] and [SEP] included. */
  readonly tokens: number;
}

/** Rows that left after one layer, by reason. */
export interface LayerExits {
  readonly layer: number;
  readonly entropy: number;
  readonly patience: number;
  readonly final: number;
}

/** How deep rows went, by rows and by tokens. */
export interface DepthTable extends DepthUse {
  /** Layers of the model over the mean exit layer: every row counts alike. */
  readonly rowSpeedUp: number;
  /** The same with each row counted by its tokens: time goes with tokens x layers, so this is what exits can save of it. */
  readonly tokenSpeedUp: number;
  /** One entry a layer, from the first on. */
  readonly exits: readonly LayerExits[];
}

/**
 * Adds up the exits of rows; both speed-ups are 1 without rows.
 * @param layers layers of the model
 */
export function depthTable(rows: readonly RowExit[], layers: number): DepthTable {
  const use = depthUse(
    rows.map(({ exitLayer }) => exitLayer),
    layers,
  );
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  const tokenLayers = rows.reduce((sum, row) => sum + row.tokens * row.exitLayer, 0);
  const exits = Array.from({ length: layers }, (_, index) => ({ layer: index + 1, entropy: 0, patience: 0, final: 0 }));
  for (const { exitLayer, exitReason } of rows) exits[exitLayer - 1]![exitReason] += 1;
  return {
    ...use,
    rowSpeedUp: rows.length === 0 ? 1 : use.layersFull / use.layersRun,
    tokenSpeedUp: rows.length === 0 ? 1 : (tokens * layers) / tokenLayers,
    exits,
  };
}
